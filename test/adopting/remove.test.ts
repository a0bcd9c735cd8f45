import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { Belfry } from '../cli/belfry.js';
import { THINGS } from '../support/app.js';
import { OwnPostgres } from '../support/postgres.js';
import { ServerProcess } from '../support/server.js';
import { until } from '../support/until.js';

/** What PostgreSQL writes by itself: a flag that only VACUUM takes back, and what it counts. */
const ITS_OWN = '{relhastriggers,relfrozenxid,relminmxid,relpages,reltuples,relallvisible,relallfrozen,datfrozenxid,datminmxid}';

let postgres: OwnPostgres;
let client: pg.Client;
let belfry: Belfry;
beforeAll(async () => {
  postgres = await OwnPostgres.start({ autovacuum: 'off' });
  client = await postgres.connect();
  await client.query(`
    create role app login; create table public.things (id bigserial primary key, name text, owner text, state text);
    grant select, insert on public.things to app;
    create function public.theirs() returns trigger language plpgsql as $$ begin return null; end $$;
    create trigger theirs after insert on public.things for each row execute function public.theirs();
    alter database postgres set work_mem = '5MB'; alter default privileges grant select on tables to app`);
  belfry = await Belfry.in(postgres.url, THINGS);
});
afterAll(async () => {
  await belfry.remove();
  await client.end();
  await postgres.remove();
});

/** Every row of every catalog, oids and all, as one fingerprint for each: roles, rights, types, settings, whatever there is. */
async function catalogs(): Promise<Record<string, string>> {
  const { rows: names } = await client.query<{ name: string }>(`
    select relname::text as name from pg_class
     where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r' and relname !~ '^pg_statistic' order by 1`);
  const found: Record<string, string> = {};
  for (const { name } of [...names, { name: 'pg_settings' }]) {
    const { rows } = await client.query<{ rows: string }>(`
      select count(*) || ' ' || md5(coalesce(string_agg(line, '|' order by line), '')) as rows
        from (select (to_jsonb(t) - $1::text[])::text as line from pg_catalog."${name}" t) as lines`, [ITS_OWN]);
    found[name] = rows[0]?.rows ?? '';
  }
  return found;
}

/** Applies, serves, rings and publishes: all that a life with it leaves in the database. */
async function live(): Promise<void> {
  const server = await ServerProcess.start({ databaseUrl: postgres.url, rules: THINGS });
  try {
    await client.query(`insert into things (name, owner) values ('one', 'ann'); update things set owner = 'bob'; select belfry.publish('a.b', array['everyone'], 'two')`);
    await until('all is told', async () => (await client.query<{ n: number }>('select count(*)::int as n from belfry.notifications')).rows[0]?.n === 3);
    await server.kill('SIGTERM');
  } finally {
    await server.remove();
  }
}

describe('belfry remove', () => {
  it('leaves every catalog of the database as it was before', async () => {
    const before = await catalogs();
    expect(Object.keys(before).length).toBeGreaterThan(50);
    await live();
    expect(Object.entries(await catalogs()).filter(([name, rows]) => before[name] !== rows).map(([name]) => name))
      .toEqual(expect.arrayContaining(['pg_class', 'pg_namespace', 'pg_proc', 'pg_trigger', 'pg_type']));
    expect((await belfry.run(['remove', '--yes'])).code).toBe(0);
    expect(await catalogs()).toEqual(before);
  });

  it('leaves with --keep-data what it kept, and nothing outside of its schema', async () => {
    const outside = async (): Promise<unknown> => (await client.query(`
      select 'trigger' as kind, tgname::text as name from pg_trigger join pg_class c on c.oid = tgrelid where relnamespace is distinct from to_regnamespace('belfry')
      union all select 'function', oid::regprocedure::text from pg_proc where pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, coalesce(to_regnamespace('belfry'), 0))
      union all select 'relation', oid::regclass::text from pg_class where relnamespace = 'public'::regnamespace
      order by 1, 2`)).rows;
    const before = await outside();
    await live();
    expect(await outside()).not.toEqual(before);
    expect((await belfry.run(['remove', '--keep-data', '--yes'])).code).toBe(0);
    expect(await outside()).toEqual(before);
    const { rows } = await client.query(`select (select count(*)::int from belfry.notifications) as kept,
      (select count(*)::int from pg_proc where pronamespace = 'belfry'::regnamespace and proname like 'rule:%') as functions`);
    expect(rows).toEqual([{ kept: 3, functions: 0 }]);
    await client.query(`insert into things (name) values ('silent')`);
    expect((await client.query('select 1 from belfry.changes')).rowCount).toBe(0);
  });
});
