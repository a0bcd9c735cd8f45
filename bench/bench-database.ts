import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/embedded/embedded-postgres.js';

/** The PostgreSQL of one run: the embedded one as users have it, fsync and all, in a data folder that goes with the run. */
export interface BenchServer {
  version: string;
  createDatabase(name: string): Promise<string>;
  remove(): Promise<void>;
}

export async function startBenchServer(): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), 'belfry-bench-'));
  // PostgreSQL may run as another user, which must get through.
  await chmod(folder, 0o755);
  const server = await startEmbeddedPostgres({ dataDir: folder, log: () => undefined });
  return {
    version: server.version,
    createDatabase: async (name) => {
      await withClient(server.url, (client) => client.query(`create database ${name}`));
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    remove: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Waits until the relay has taken every change, so that its work does not fall into the next measurement. */
export async function drained(client: pg.ClientBase): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const { rows } = await client.query<{ empty: boolean }>('select not exists (select from belfry.changes) as empty');
    if (rows[0]?.empty) return;
    if (Date.now() > deadline) throw new Error('changes still wait after two minutes, expected the relay to have taken them');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
