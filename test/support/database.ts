import { randomUUID } from 'node:crypto';
import { TEMPLATES, databaseUrl, withClient } from './cluster.js';

/** A database of a test's own. */
export interface TestDatabase {
  url: string;
  /** Ends whatever is still connected. */
  drop(): Promise<void>;
}

/**
 * A fresh database, migrated: a copy of the template, some 30 ms. With `shop` the sample shop's tables are there too;
 * with `empty` there is nothing in it.
 */
export async function createDatabase(kind: 'belfry' | 'shop' | 'empty' = 'belfry'): Promise<TestDatabase> {
  const server = serverUrl();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const template = kind === 'empty' ? 'template0' : TEMPLATES[kind];
  await withClient(server, async (client) => {
    const { rows } = await client.query<{ choice: boolean }>(`select current_setting('server_version_num')::int >= 150000 as choice`);
    // The files copied one by one, as 14 always does: faster than through the write-ahead log for a database this small.
    await client.query(`create database ${name} template ${template} ${rows[0]?.choice ? 'strategy file_copy' : ''}`);
  });
  return {
    url: databaseUrl(server, name),
    drop: async () => {
      await withClient(server, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** The run's PostgreSQL itself, with the rights of a superuser. */
export function serverUrl(): string {
  const url = process.env.BELFRY_TEST_DATABASE_URL;
  if (url === undefined) throw new Error('no test PostgreSQL: run the tests with npm test, which starts one');
  return url;
}
