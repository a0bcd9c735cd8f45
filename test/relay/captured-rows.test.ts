import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { migrate, migrationNames, MIGRATIONS } from '../../src/database/migrations.js';
import { Outbox, type Change } from '../../src/relay/outbox.js';
import { applyRules } from '../../src/rules/apply.js';
import { parseRules } from '../../src/rules/rules-file.js';
import { createDatabase } from '../support/database.js';
import { until } from '../support/until.js';

const OURS = '20261129050000_captured_rows';
const RULES = parseRules(`
rules:
  - { topic: plain, table: things, on: [insert, update, delete], audience: [everyone], title: "{{ row.name }}", resolve: { when: "new.name = 'done'" } }
  - { topic: paired, table: pairs, on: insert, audience: [everyone], title: "{{ row.a }}" }
  - { topic: many, table: lots, on: insert, audience: [everyone], title: "{{ row.id }}", bulk: 2 }
`);
const TABLES = `create table things (id int primary key, name text); create table pairs (a int, b text, primary key (a, b)); create table lots (id int primary key)`;
/** What the version before this migration takes changes off with. */
const OLDER_TAKE = `delete from belfry.changes
  where id = any (array(select id from belfry.changes
    where id > $2 and ($3::pg_snapshot is null or pg_visible_in_snapshot(transaction, $3::pg_snapshot)) order by id limit $1))
  returning id, rule, operation, key, old::text as old, new::text as new, capture, db_role, actor, pg_xact_commit_timestamp(xmin) as committed_at`;

let cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of cleanUp.reverse()) await release();
  cleanUp = [];
});

async function database(): Promise<() => Promise<pg.Client>> {
  const made = await createDatabase('empty');
  cleanUp.push(() => made.drop());
  return async () => {
    const client = new pg.Client({ connectionString: made.url });
    await client.connect();
    cleanUp.push(() => client.end());
    return client;
  };
}

/** A database as it was before the migration, and the triggers that were in it. */
async function before(client: pg.Client): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'belfry-before-'));
  cleanUp.push(() => rm(folder, { recursive: true }));
  for (const name of await migrationNames(MIGRATIONS)) if (name < OURS) await cp(join(MIGRATIONS, name), join(folder, name), { recursive: true });
  await migrate(client, folder, 'belfry');
  await client.query(TABLES);
  await applyRules(client, RULES);
  const { rows } = await client.query<{ definition: string }>(
    `select pg_get_functiondef(oid) as definition from pg_proc where pronamespace = 'belfry'::regnamespace and proname like 'rule:%'`);
  for (const { definition } of rows) await client.query(definition.replaceAll(/belfry\.(captured_rows|other_changes)/g, 'belfry.changes'));
}

const waiting = (client: pg.Client): Promise<unknown> => until('it waits', async () =>
  (await client.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rowCount === 1);
const migrateNow = (client: pg.Client): Promise<unknown> => migrate(client, MIGRATIONS, 'belfry');
const shape = ({ operation, key, new: now, resolves, capture, bulk_rows, receipt, test_for }: Change): unknown[] =>
  [operation, key, now && Object.values(JSON.parse(now) as object).join(), ...(resolves ? ['resolves'] : []), ...(capture === null ? [] : [capture.slice(0, 5)]),
    ...(bulk_rows === null ? [] : [`${bulk_rows} rows`]), ...(receipt ? [receipt.user] : []), ...(test_for ?? [])];

/** Writes a change of every kind. */
async function writeAll(client: pg.Client, id: number): Promise<void> {
  await client.query(`insert into things values (${id}, 'n'); update things set name = 'done' where id = ${id}`);
  await client.query(`insert into pairs values (${id}, 'x,y')`);
  await client.query(`begin; insert into lots values (${id}); savepoint a; insert into lots select ${id} + i from generate_series(1, 5) i; rollback to a;
    insert into lots select ${id} + i from generate_series(1, 3) i; set constraints all immediate; insert into lots values (${id} + 4); commit`);
  await client.query(`alter table pairs rename a to aa; insert into pairs values (${id + 1}, 'z'); alter table pairs rename aa to a`);
  await client.query(`insert into belfry.changes (operation, receipt) values ('receipt', '{"user": "ann"}')`);
  await client.query(`with sent as (insert into belfry.changes (rule, operation, new, test_for) values (1, 'insert', '{"id": 0}', '{everyone}') returning id) select belfry.ring() from sent`);
  await client.query(`select belfry.publish('a.b', '{everyone}', 'published')`);
}
const written = (id: number): unknown[][] => [
  ['insert', `${id}`, `${id},n`], ['update', `${id}`, `${id},done`, 'resolves'], ['insert', `${id},x\\,y`, expect.stringContaining(`${id}`)], ['insert', null, null, '5 rows'],
  ['insert', 'z', 'z', 'drift'], ['receipt', null, null, 'ann'], ['insert', null, '0', 'everyone'], ['publish', null, expect.stringContaining('published')],
];

describe('the outbox in two tables', () => {
  it('is come to with all that waits, and written to by older triggers, and then by new ones, in one order', async () => {
    const connect = await database();
    const [client, business] = [await connect(), await connect()];
    await before(client);
    await client.query('grant insert on belfry.changes to pg_monitor');
    await writeAll(business, 10);
    await migrateNow(client);
    const { rows: granted } = await client.query<{ may: boolean }>(
      `select has_table_privilege('pg_monitor', 'belfry.' || name, 'insert') as may from unnest(array['captured_rows', 'other_changes', 'changes']) as tables (name)`);
    expect(granted.map(({ may }) => may)).toEqual([true, true, true]);
    await writeAll(business, 20);
    await applyRules(client, RULES);
    // As it stands where a transaction has set it, and another follows.
    await business.query(`set belfry.actor = ''`);
    await writeAll(business, 30);
    await business.query(`set belfry.actor = '${'a'.repeat(70)}'`);
    await writeAll(business, 40);
    const { rows: [narrow] } = await client.query<{ rows: number }>('select count(*)::int as rows from belfry.captured_rows');
    expect(narrow).toEqual({ rows: 4 });
    const outbox = await Outbox.open(client);
    const first = await outbox.take(25);
    const rest = await outbox.peek(100);
    expect((await outbox.takePeeked(rest, false)).size).toBe(rest.length);
    const all = [...first, ...rest];
    expect(all.map(shape)).toEqual([10, 20, 30, 40].flatMap(written));
    expect(all.map(({ actor }) => actor)).toEqual(all.map((_, nth) => (nth < 24 ? null : 'a'.repeat(70))));
    expect(await outbox.isEmpty()).toBe(true);
    expect((await client.query('select from belfry.bulks')).rowCount).toBe(0);
  });

  it('fails no write that waited for its migration', async () => {
    const connect = await database();
    const [client, business, observer] = [await connect(), await connect(), await connect()];
    await before(client);
    await business.query(`insert into things values (1, 'n'); insert into lots values (1)`);
    await client.query('begin');
    await client.query(await readFile(join(MIGRATIONS, OURS, 'migration.sql'), 'utf8'));
    const writes = business.query(`begin; insert into things values (2, 'n'); insert into lots values (2), (3), (4); commit`);
    await waiting(observer);
    await client.query('commit');
    await writes;
    expect((await (await Outbox.open(client)).take(100)).map(shape)).toEqual([
      ['insert', '1', '1,n'], ['insert', '1', '1'], ['insert', '2', '2,n'], ['insert', null, null, '3 rows']]);
  });

  it('has what is written where no ordinary trigger fires, by older triggers that always do and by publishing', async () => {
    const connect = await database();
    const [client, business] = [await connect(), await connect()];
    await before(client);
    await client.query('alter table things enable always trigger "belfry:plain"');
    await migrateNow(client);
    await business.query('set session_replication_role = replica');
    await business.query(`insert into things values (1, 'n')`);
    await business.query(`select belfry.publish('a.b', '{everyone}', 'published'), belfry.resolve('a.b', 'k')`);
    expect((await (await Outbox.open(client)).take(100)).map(shape)).toEqual([
      ['insert', '1', '1,n'], ['publish', null, expect.stringContaining('published')], ['resolve', null, 'k,a.b']]);
  });

  it('is emptied by an older relay as the table was', async () => {
    const connect = await database();
    const [client, other, observer] = [await connect(), await connect(), await connect()];
    await migrateNow(client);
    await client.query(TABLES);
    await applyRules(client, RULES);
    await client.query(`set belfry.actor = ''`);
    await client.query(`insert into pairs values (1, 'x'); insert into belfry.changes (operation, receipt) values ('receipt', '{}'); insert into pairs values (2, 'y'), (3, 'z')`);
    await client.query('begin');
    const first = await client.query<Change>(OLDER_TAKE, [3, 0, null]);
    // Finds the same, and waits for them.
    const taking = other.query<Change>(OLDER_TAKE, [3, 0, null]);
    await waiting(observer);
    await client.query('commit');
    expect((await taking).rows).toEqual([]);
    const second = await other.query<Change>(OLDER_TAKE, [3, 0, null]);
    expect(first.rows.sort((a, b) => Number(a.id) - Number(b.id))).toMatchObject([
      { operation: 'insert', new: '[1, "x", "1,x"]', db_role: expect.any(String), actor: null }, { operation: 'receipt' }, { operation: 'insert' }]);
    expect(second.rows).toMatchObject([{ new: '[3, "z", "3,z"]' }]);
    expect((await client.query('select from belfry.changes')).rowCount).toBe(0);
  });
});
