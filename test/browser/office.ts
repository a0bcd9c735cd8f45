import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { readConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/ops/logger.js';
import { startApp } from '../../src/start-app.js';
import { createDatabase } from '../support/database.js';
import { layWire, type Wire } from './wire.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The sample shop with its bells. Browsers reach it over a wire that can be cut. */
export interface Office {
  url: string;
  wire: Wire;
  /** Writes as any other program would. */
  sql(text: string, values?: unknown[]): Promise<pg.QueryResult>;
  close(): Promise<void>;
}

export async function openOffice(): Promise<Office> {
  await buildClient();
  const database = await createDatabase('shop');
  const dataDir = await mkdtemp(join(tmpdir(), 'belfry-browser-'));
  const pool = new pg.Pool({ connectionString: database.url, max: 2, application_name: 'another program' });
  const config = readConfig({ PORT: '0', BELFRY_DATA_DIR: dataDir, LOG_LEVEL: 'error' }, root);
  const running = await startApp(config, { url: database.url, directUrl: database.url }, createLogger(config));
  const wire = await layWire(Number(new URL(running.url).port));
  return {
    url: `http://127.0.0.1:${wire.port}`,
    wire,
    sql: (text, values) => pool.query(text, values),
    close: async () => {
      await wire.close();
      await running.close();
      await pool.end();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** What the browser loads is what is in `client/` now. */
export async function buildClient(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, 'scripts/build-client.mjs')]);
}
