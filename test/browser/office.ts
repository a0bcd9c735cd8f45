import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type pg from 'pg';
import { Hub } from '../../src/stream/hub.service.js';
import { TestApp } from '../support/app.js';
import { layWire, type Wire } from './wire.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The sample shop with its bells. Browsers reach it over a wire that can be cut. */
export interface Office {
  url: string;
  wire: Wire;
  /** Streams open at the server. */
  streams(): number;
  /** Writes as any other program would. */
  sql(text: string, values?: unknown[]): Promise<pg.QueryResult>;
  close(): Promise<void>;
}

export async function openOffice(): Promise<Office> {
  await buildClient();
  const app = await TestApp.start({ sample: true });
  const wire = await layWire(Number(new URL(app.url).port));
  return {
    url: `http://127.0.0.1:${wire.port}`,
    wire,
    streams: () => app.running.app.get(Hub).size,
    sql: (text, values) => app.business.query(text, values),
    close: async () => {
      await wire.close();
      await app.close();
    },
  };
}

/** What the browser loads is what is in `client/` now. */
export async function buildClient(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, 'scripts/build-client.mjs')]);
}
