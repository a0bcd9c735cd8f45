import { expect } from '@jest/globals';
import { OwnPostgres } from '../support/postgres.js';
import { until } from '../support/until.js';
import { closeLater, openBench, proves } from './documented.js';
import { rule, Workbench } from './workbench.js';

let bench: Workbench;

const THINGS = 'create table things (id int primary key, name text);';

/** Applies a rule for every operation, then writes. */
async function write(tables: string, ...writes: string[]): Promise<(string | null)[][]> {
  bench = await openBench(tables);
  await bench.apply(rule('on: [insert, update, delete]'));
  for (const sql of writes) await bench.client.query(sql);
  return seen();
}

async function seen(): Promise<(string | null)[][]> {
  return (await bench.take()).map(({ operation, key, capture }) => (capture === null ? [operation, key] : [operation, key, capture]));
}

/** On a PostgreSQL of its own, with settings that the tests' does not have. */
async function ownBench(settings: Record<string, string>, sql: string): Promise<Workbench> {
  const postgres = await OwnPostgres.start(settings);
  closeLater(() => postgres.remove());
  const own = await Workbench.at(postgres.url, sql);
  closeLater(() => own.close());
  return own;
}

proves('How rows are written', {
  'by `COPY`, with `FREEZE` too': async () => {
    expect(await write(THINGS, `copy things (id) from program 'echo 1'`, `begin; truncate things; copy things (id) from program 'echo 2' with (freeze); commit`)).toEqual([['insert', '1'], ['insert', '2']]);
  },
  'by `INSERT … ON CONFLICT`': async () => {
    const upsert = `insert into things values (1), (2) on conflict (id) do update set name = 'again'`;
    expect(await write(THINGS, 'insert into things values (1)', upsert, 'insert into things values (1) on conflict do nothing')).toEqual([['insert', '1'], ['update', '1'], ['insert', '2']]);
  },
  'by `MERGE`': async () => {
    bench = await openBench(THINGS);
    const { rows: [server] } = await bench.client.query<{ version: number }>(`select current_setting('server_version_num')::int as version`);
    if ((server?.version ?? 0) < 150000) return; // There is no MERGE before PostgreSQL 15.
    await bench.client.query('insert into things values (1), (2), (3)');
    await bench.apply(rule('on: [insert, update, delete]'));
    await bench.client.query(`merge into things using (values (1), (2), (4)) as s (id) on things.id = s.id
      when matched and s.id = 1 then update set name = 'm' when matched then delete when not matched then insert values (s.id)`);
    expect((await seen()).sort()).toEqual([['delete', '2'], ['insert', '4'], ['update', '1']]);
  },
  "by a foreign key's cascade": async () => {
    expect(await write(
      `create table owners (id int primary key); create table things (id int primary key, owner int references owners on delete cascade on update cascade)`,
      'insert into owners values (1); insert into things values (7, 1)', 'update owners set id = 2', 'delete from owners',
    )).toEqual([['insert', '7'], ['update', '7'], ['delete', '7']]);
  },
  'of the primary key': async () => {
    expect(await write(THINGS, 'insert into things values (1)', 'update things set id = 2')).toEqual([['insert', '1'], ['update', '2']]);
  },
  'that moves a row to another partition': async () => {
    expect(await write(
      `create table things (id int primary key) partition by range (id); create table a partition of things for values from (0) to (10); create table b partition of things for values from (10) to (20)`,
      'insert into things values (1)', 'update things set id = 2', 'update things set id = 12',
    )).toEqual([['insert', '1'], ['update', '2'], ['delete', '2'], ['insert', '12']]);
  },
  'by `TRUNCATE`': async () => {
    expect(await write(THINGS, 'insert into things values (1)', 'truncate things')).toEqual([['insert', '1']]);
  },
  'that is rolled back, to a savepoint or in a block with `exception` too': async () => {
    expect(await write(
      THINGS, 'begin; insert into things values (1); rollback', 'begin; savepoint s; insert into things values (2); rollback to s; commit',
      `do $$ begin begin insert into things values (3); perform 1 / 0; exception when others then insert into things values (4); end; end $$`,
    )).toEqual([['insert', '4']]);
  },
  'that fails at commit by a deferred constraint': async () => {
    bench = await openBench(`${THINGS} alter table things add other int references things deferrable initially deferred`);
    await bench.apply(rule('on: [insert, update, delete]'));
    await expect(bench.client.query('begin; insert into things values (1, null, 99); commit')).rejects.toThrow('violates foreign key');
    await bench.client.query('begin; insert into things values (2, null, 3); insert into things values (3, null, 2); commit');
    expect(await seen()).toEqual([['insert', '2'], ['insert', '3']]);
  },
  'in a `SERIALIZABLE` transaction': async () => {
    bench = await openBench(THINGS);
    await bench.apply(rule('on: [insert, update, delete]'));
    const sessions = await Promise.all([1, 2, 3].map(() => bench.session()));
    for (const session of sessions) await session.query('begin isolation level serializable; select count(*) from pg_class');
    for (const [at, session] of sessions.entries()) await session.query('insert into things values ($1)', [at]);
    for (const session of sessions) await session.query('commit');
    expect(await seen()).toEqual([['insert', '0'], ['insert', '1'], ['insert', '2']]);
  },
  'with `PREPARE TRANSACTION`': async () => {
    bench = await ownBench({ max_prepared_transactions: '2' }, THINGS);
    await bench.apply(rule('on: [insert, update, delete]'));
    await bench.client.query(`begin; insert into things values (1); prepare transaction 'belfry'`);
    expect(await seen()).toEqual([]);
    await bench.client.query(`commit prepared 'belfry'`);
    expect(await seen()).toEqual([['insert', '1']]);
    // What a relay that waits to be rung for does, and one with BELFRY_WAKE=poll never.
    const asleep = await bench.session();
    await asleep.query('select pg_advisory_lock(1650814054, 2)');
    await expect(bench.client.query(`begin; insert into things values (2); prepare transaction 'belfry'`)).rejects.toThrow(/cannot PREPARE a transaction that has executed .*NOTIFY/);
  },
  'with `session_replication_role = replica`': async () => {
    expect(await write(THINGS, 'set session_replication_role = replica', 'insert into things values (1)')).toEqual([]);
    await bench.client.query(`reset session_replication_role; alter table things enable always trigger "belfry:thing.changed"; set session_replication_role = replica; insert into things values (2)`);
    expect(await seen()).toEqual([['insert', '2']]);
    expect(await bench.apply(rule('on: [insert, update, delete]'))).toMatchObject({ kept: ['thing.changed'] });
    expect(await bench.apply(rule('on: [insert, update, delete]\ntitle: "{{ row.name }}"'))).toMatchObject({ replaced: ['thing.changed'] });
    await bench.client.query('insert into things values (3)');
    expect(await seen()).toEqual([['insert', '3']]);
  },
  'by logical replication': async () => {
    bench = await ownBench({ wal_level: 'logical' }, THINGS);
    await bench.apply(rule('on: [insert, update, delete]'));
    await bench.client.query('create database source');
    const source = await bench.session((url) => { url.pathname = '/source'; });
    await source.query(`${THINGS} create publication p for table things`);
    await source.query(`select pg_create_logical_replication_slot('s', 'pgoutput')`);
    const conninfo = `host=127.0.0.1 port=${new URL(bench.url).port} user=postgres dbname=source`;
    await bench.client.query(`create subscription s connection '${conninfo}' publication p with (create_slot = false, slot_name = 's', copy_data = false)`);
    const arrives = async (id: number): Promise<void> => {
      await source.query('insert into things values ($1)', [id]);
      await until('the row is replicated', async () => (await bench.client.query('select from things where id = $1', [id])).rowCount === 1);
    };
    await arrives(1);
    expect(await seen()).toEqual([]);
    await bench.client.query('alter table things enable always trigger "belfry:thing.changed"');
    await arrives(2);
    expect(await seen()).toEqual([['insert', '2']]);
    await bench.client.query('drop subscription s');
  },
  'by a session with a search_path of its own': async () => {
    expect(await write(
      THINGS,
      `create schema trap; create function trap.lower(text) returns text language sql as 'select 1 / 0 || $1'; create function trap.never(text, text) returns boolean language sql as 'select false';
       create operator trap.= (leftarg = text, rightarg = text, function = trap.never); create function trap.jsonb_build_object(variadic text[]) returns jsonb language sql as 'select null::jsonb'`,
      'set search_path = trap, public, pg_catalog', `insert into things values (1, 'a')`,
    )).toEqual([['insert', '1']]);
  },
  'with `belfry.mute` on': async () => {
    expect(await write(THINGS, `begin; set local belfry.mute = 'on'; insert into things values (1); commit; insert into things values (2)`)).toEqual([['insert', '2']]);
  },
});
