import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { migrate, MIGRATIONS } from '../../src/database/migrations.js';
import { Belfry } from '../cli/belfry.js';
import { withClient } from '../support/cluster.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { PrismaProject } from './schema-engine.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** A business application with a Prisma project of its own, which knows nothing of Belfry. */
const SHOP = join(root, 'prisma/sample');
const OURS = join(root, 'prisma');
const UP_TO_DATE = { history: null, edited: [], failed: [] };

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function database(kind: 'empty' | 'shop' = 'empty'): Promise<TestDatabase> {
  const made = await createDatabase(kind);
  open.push({ close: () => made.drop() });
  return made;
}

async function project(folder: string, url: string): Promise<PrismaProject> {
  const opened = await PrismaProject.open(folder, url);
  open.push(opened);
  return opened;
}

/** What `prisma db pull` and `migrate diff` read of schema public: tables, columns, constraints, indexes, enums, views, functions. */
const publicSchema = (url: string): Promise<unknown[]> => withClient(url, async (client) => (await client.query<object>(`
  select 'relation' as kind, relname::text as name, relkind::text as detail from pg_class where relnamespace = 'public'::regnamespace
  union all select 'column', table_name || '.' || column_name, concat_ws(' ', ordinal_position, data_type, is_nullable, column_default)
    from information_schema.columns where table_schema = 'public'
  union all select 'constraint', conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace and contype <> 't'
  union all select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'
  union all select 'type', typname, typtype::text from pg_type where typnamespace = 'public'::regnamespace
  union all select 'function', oid::regprocedure::text, '' from pg_proc where pronamespace = 'public'::regnamespace
  order by 1, 2, 3`)).rows);

describe('Prisma’s own migrate commands', () => {
  it('see nothing of Belfry beside a project of the user’s', async () => {
    const { url } = await database();
    const shop = await project(SHOP, url);
    const names = await shop.deploy();
    expect(names.length).toBeGreaterThan(0);
    expect(await shop.status()).toEqual(UP_TO_DATE);
    const before = await publicSchema(url);
    expect(before.length).toBeGreaterThan(10);

    const belfry = await Belfry.in(url, undefined);
    open.push({ close: () => belfry.remove() });
    expect((await belfry.run(['apply', '--config', join(root, 'belfry.yaml')])).code).toBe(0);
    expect(await withClient(url, async (client) => (await client.query(`select 1 from pg_trigger where tgname like 'belfry:%'`)).rowCount)).toBeGreaterThan(0);

    expect(await shop.status()).toEqual(UP_TO_DATE);
    expect(await shop.deploy()).toEqual([]);
    expect(await publicSchema(url)).toEqual(before);
  });

  it('begin a project where Belfry was first', async () => {
    const { url } = await database();
    await withClient(url, (client) => migrate(client, MIGRATIONS, 'belfry'));
    const shop = await project(SHOP, url);
    expect((await shop.deploy()).length).toBeGreaterThan(0);
    expect(await shop.status()).toEqual(UP_TO_DATE);
    expect(await withClient(url, (client) => migrate(client, MIGRATIONS, 'belfry'))).toEqual([]);
  });
});

describe('Belfry’s own migrations', () => {
  it('are as applied to Prisma as they are to the runner that applied them', async () => {
    const { url } = await database();
    const applied = await withClient(url, (client) => migrate(client, MIGRATIONS, 'belfry'));
    const ours = await project(OURS, url);
    expect(await ours.status()).toEqual(UP_TO_DATE);
    expect(await ours.deploy()).toEqual([]);
    expect(applied.length).toBeGreaterThan(1);
  });

  it('are applied to the runner where Prisma has recorded them', async () => {
    const { url } = await database();
    // The adapter that stands between here cuts a script at every semicolon, those of functions too: so the tables first, by the runner.
    await withClient(url, async (client) => {
      await migrate(client, MIGRATIONS, 'belfry');
      await client.query('drop table belfry._prisma_migrations');
    });
    const ours = await project(OURS, url);
    await ours.resolveAll();
    expect(await ours.status()).toEqual(UP_TO_DATE);
    expect(await withClient(url, (client) => migrate(client, MIGRATIONS, 'belfry'))).toEqual([]);
  });
});
