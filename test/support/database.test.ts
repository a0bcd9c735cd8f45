import { describe, expect, it } from '@jest/globals';
import { withClient } from './cluster.js';
import { createDatabase } from './database.js';

const tables = (url: string): Promise<string[]> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select schemaname || '.' || tablename as name from pg_tables where schemaname in ('belfry', 'public')`,
    );
    return rows.map((row) => row.name);
  });

describe('createDatabase', () => {
  it('gives databases that are migrated and apart from each other', async () => {
    const [one, other] = await Promise.all([createDatabase(), createDatabase('shop')]);
    try {
      expect(await tables(one.url)).toContain('belfry.captured_rows');
      expect(await tables(one.url)).not.toContain('public.orders');
      expect(await tables(other.url)).toEqual(expect.arrayContaining(['belfry.captured_rows', 'public.orders']));
      await withClient(one.url, (client) => client.query('create table public.mine ()'));
      expect(await tables(other.url)).not.toContain('public.mine');
    } finally {
      await Promise.all([one.drop(), other.drop()]);
    }
  });
});
