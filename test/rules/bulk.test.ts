import { afterEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { planRules } from '../../src/rules/plan.js';
import { showStep } from '../../src/rules/plan-changes.js';
import { parseRules } from '../../src/rules/rules-file.js';
import { rule, Workbench } from './workbench.js';

let bench: Workbench;
afterEach(() => bench.close());

const THINGS = `create table public.things (id int primary key, name text, status text default 'new')`;
const RULE = rule('on: [insert, update, delete]\nbulk: 3\ntitle: "{{ row.name }}"');
const insert = (from: number, to: number): string => `insert into things select i, 'n' || i from generate_series(${from}, ${to}) i`;

interface Taken {
  rows: string | null;
  keys: (string | null)[];
  operation: string;
  capture: string | null;
  resolves: boolean;
}

/** What lies in the outbox, oldest first: a bulk with its count and the keys of its first rows. Takes it off. */
async function take(client: pg.Client = bench.client, topic?: string): Promise<Taken[]> {
  const { rows } = await client.query<Taken & { key: string | null; first: { key: string }[] | null }>(
    `with taken as (delete from belfry.changes returning *)
     select bulk_rows as rows, bulk_first as first, t.key, operation, capture, resolves
       from taken t join belfry.rules r on r.id = t.rule where $1::text is null or topic = $1 order by t.id`,
    [topic ?? null],
  );
  return rows.map(({ rows: count, first, key, operation, capture, resolves }) => {
    return { rows: count, keys: first ? first.map((row) => row.key) : [key], operation, capture, resolves };
  });
}
/** What is alone by its key, a bulk by its count. */
const shapes = async (topic?: string): Promise<string[]> => (await take(bench.client, topic)).map(({ rows, keys }) => (rows === null ? String(keys[0]) : `${rows} rows`));

describe('a bulk', () => {
  it('is one change from one more than its number on, with the first few rows; up to it each is its own', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(RULE);
    await bench.client.query(insert(1, 3));
    expect(await shapes()).toEqual(['1', '2', '3']);
    await bench.client.query(insert(4, 7));
    expect(await take()).toMatchObject([{ rows: '4', keys: ['4', '5', '6', '7'], operation: 'insert', capture: null }]);
    await bench.client.query(insert(8, 1_007));
    expect(await take()).toMatchObject([{ rows: '1000', keys: ['8', '9', '10', '11'] }]);
    await bench.client.query(`update things set name = 'x'`);
    await bench.client.query('delete from things where id > 2');
    await bench.client.query('delete from things');
    expect(await shapes()).toEqual(['1007 rows', '1005 rows', '1', '2']);
  });

  it('keeps old and new of the first, five at most, digit for digit', async () => {
    bench = await Workbench.open('create table things (id numeric primary key, name text)');
    await bench.apply(rule('on: update\nbulk: 20\ntitle: "{{ row.name }}"'));
    await bench.client.query(`insert into things select 9223372036854775807.10 + i, 'a' from generate_series(0, 29) i`);
    await bench.client.query(`update things set name = 'b'`);
    const { rows } = await bench.client.query<{ first: string }>('select bulk_first::text as first from belfry.changes');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.first).toContain('"new": {"id": 9223372036854775807.10, "name": "b"}, "old": {"id": 9223372036854775807.10, "name": "a"}');
    expect(JSON.parse(rows[0]?.first ?? '')).toHaveLength(5);
  });

  it('is of a transaction: several statements together, and not the next one', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(RULE);
    await bench.client.query('begin');
    for (let id = 1; id <= 6; id++) await bench.client.query(`insert into things values (${id})`);
    await bench.client.query('commit');
    await bench.client.query(insert(7, 9));
    await bench.client.query('begin');
    await bench.client.query(insert(10, 20));
    await bench.client.query('rollback');
    await bench.client.query(insert(10, 11));
    expect(await shapes()).toEqual(['6 rows', '7', '8', '9', '10', '11']);
  });

  it('counts what a savepoint leaves', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(RULE);
    const transaction = async (...statements: string[]): Promise<string[]> => {
      for (const statement of ['begin', ...statements, 'commit']) await bench.client.query(statement);
      const found = await shapes();
      await bench.client.query(`set belfry.mute = 'on'; delete from things; reset belfry.mute`);
      return found;
    };
    // The bulk itself is taken back: those before it are there again.
    expect(await transaction(insert(1, 2), 'savepoint a', insert(3, 9), 'rollback to a')).toEqual(['1', '2']);
    expect(await transaction(insert(1, 2), 'savepoint a', insert(3, 9), 'rollback to a', insert(10, 10))).toEqual(['1', '2', '10']);
    expect(await transaction(insert(1, 2), 'savepoint a', insert(3, 9), 'rollback to a', insert(10, 14))).toEqual(['7 rows']);
    expect(await transaction(insert(1, 6), 'savepoint a', insert(7, 9), 'rollback to a', insert(10, 10))).toEqual(['7 rows']);
    expect(await transaction(insert(1, 2), 'savepoint a', insert(3, 9), 'release a', insert(10, 10))).toEqual(['10 rows']);
    const each = `do $$ begin for i in 1..10 loop begin insert into things values (i); if i % 2 = 0 then perform 1 / 0; end if;
                  exception when division_by_zero then null; end; end loop; end $$`;
    expect(await transaction(each)).toEqual(['5 rows']);
  });

  it('is of each transaction by itself, however they interleave', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(RULE);
    const other = await bench.session();
    await bench.client.query('begin');
    await other.query('begin');
    for (let n = 1; n <= 5; n++) {
      await bench.client.query(insert(n, n));
      if (n <= 3) await other.query(insert(n + 100, n + 100));
    }
    await other.query('commit');
    await bench.client.query('commit');
    expect((await shapes()).sort()).toEqual(['101', '102', '103', '5 rows']);
  });

  it('holds no serializable transaction up', async () => {
    bench = await Workbench.open(`${THINGS}; create table public.others (like things including all)`);
    await bench.apply(RULE + rule('topic: other.created\ntable: public.others\nbulk: 3').replace('rules:\n', ''));
    const other = await bench.session();
    // Small, and known to be: a look for a row would be one at all of them.
    await bench.client.query(insert(901, 901));
    await take();
    await bench.client.query('vacuum analyze belfry.other_changes');
    for (const client of [bench.client, other]) await client.query('begin isolation level serializable');
    await bench.client.query(insert(1, 50));
    await other.query(insert(1, 50).replace('things', 'others'));
    await bench.client.query('commit');
    await other.query('commit');
    expect(await shapes()).toEqual(['50 rows', '50 rows']);
  });

  it('is of a rule: others on the table count for themselves, and by what they are asked', async () => {
    bench = await Workbench.open(THINGS);
    const more = (fields: string): string => rule(fields).replace('rules:\n', '');
    await bench.apply(`${RULE}${more('topic: thing.each')}${more('topic: thing.done\non: update\ncolumns: [status]\nwhen: "new.id > 4"\nbulk: 5')}`);
    await bench.client.query(insert(1, 10));
    await bench.client.query(`update things set status = 'done'`);
    await bench.client.query(`update things set name = 'x'`);
    const { rows } = await bench.client.query<{ topic: string; changes: number; rows: string }>(
      `select topic, count(*)::int as changes, sum(bulk_rows) as rows from belfry.changes c join belfry.rules r on r.id = c.rule group by topic order by topic`,
    );
    expect(rows).toEqual([
      { topic: 'thing.changed', changes: 3, rows: '30' },
      { topic: 'thing.done', changes: 1, rows: '6' },
      { topic: 'thing.each', changes: 10, rows: null },
    ]);
  });

  it('leaves out what its when fails for, which is parked by itself, and lets the write through', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('bulk: 3\nwhen: "10 / (new.id % 5) > 0"'));
    await bench.client.query(insert(1, 12));
    const changes = await take();
    expect(changes.filter(({ rows }) => rows !== null)).toMatchObject([{ rows: '10' }]);
    expect(changes.filter(({ rows }) => rows === null)).toMatchObject([
      { keys: ['5'], capture: 'when: division by zero' }, { keys: ['10'], capture: 'when: division by zero' },
    ]);
  });

  it('leaves out what resolves: each row has its own to resolve', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule(`on: insert\nbulk: 3\nresolve: { when: "new.status = 'done'" }`));
    await bench.client.query(insert(1, 6));
    await bench.client.query(`update things set status = 'done'`);
    const changes = await take();
    expect(changes.map(({ rows, resolves }) => [rows, resolves])).toEqual([['6', false], ...Array.from({ length: 6 }, () => [null, true])]);
  });

  it('counts what a partition is written directly, what MERGE, ON CONFLICT and cascades write, and no muted write', async () => {
    bench = await Workbench.open(`
      create table public.parents (id int primary key);
      create table public.things (id int, parent int references parents on delete cascade, name text, primary key (id)) partition by range (id);
      create table public.things_1 partition of things for values from (0) to (100);
      create table public.things_2 partition of things for values from (100) to (1000)`);
    await bench.apply(RULE);
    await bench.client.query('insert into parents select i from generate_series(1, 10) i');
    await bench.client.query('begin');
    await bench.client.query('insert into things_1 values (1, 1), (2, 2)');
    await bench.client.query('insert into things values (3, 3), (104, 4)');
    await bench.client.query('insert into things_2 values (105, 5)');
    await bench.client.query('commit');
    expect(await shapes()).toEqual(['5 rows']);
    await bench.client.query(`insert into things values (1, 1), (2, 2), (6, 6), (7, 7) on conflict (id) do update set name = 'again'`);
    expect(await shapes()).toEqual(['4 rows']);
    const { rows } = await bench.client.query<{ merges: boolean }>(`select current_setting('server_version_num')::int >= 150000 as merges`);
    // MERGE came with 15: before it the same rows are written as ON CONFLICT does.
    await bench.client.query(rows[0]?.merges
      ? `merge into things t using generate_series(1, 9) s on t.id = s
         when matched then update set name = 'merged' when not matched then insert values (s, s, 'new')`
      : `insert into things select s, s, 'new' from generate_series(1, 9) s on conflict (id) do update set name = 'merged'`);
    expect(await shapes()).toEqual(['9 rows']);
    await bench.client.query(`begin; set local belfry.mute = 'on'; update things set name = 'quiet'; commit`);
    expect(await shapes()).toEqual([]);
    await bench.client.query('delete from parents');
    expect(await shapes()).toEqual(['11 rows']);
  });

  it('is counted when constraints are made immediate, and goes on', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(RULE);
    const statements = [insert(1, 6), 'set constraints all immediate', insert(7, 7), insert(8, 20), 'savepoint a', insert(21, 30), 'rollback to a', insert(31, 31)];
    for (const statement of ['begin', ...statements, 'commit']) await bench.client.query(statement);
    expect(await take()).toMatchObject([{ rows: '21', keys: ['1', '2', '3', '4'] }]);
    for (const statement of ['begin', 'set constraints all immediate', insert(101, 130), 'commit']) await bench.client.query(statement);
    expect(await take()).toMatchObject([{ rows: '30' }]);
  });

  it('can be undone by nobody who writes nonsense into its settings', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(RULE);
    const other = await bench.session();
    await other.query(insert(901, 902));
    const { rows: [theirs] } = await bench.client.query<{ place: string; id: number }>('select ctid::text as place, rule as id from belfry.changes limit 1');
    const nonsense = ['x', '-1', '1e3', '99999999999999', '3', '(1,', ` ${theirs?.place ?? ''}`, theirs?.place ?? '', `7 ${theirs?.place ?? ''}`, '7 (0,99999)'];
    for (const [index, text] of nonsense.entries()) {
      for (const [at, setting] of ['', '_at', '_told'].entries()) {
        for (const statement of [
          'begin', `set local belfry.bulk_${theirs?.id ?? ''}${setting} = '${text}'`, insert(index * 100 + at * 30 + 1000, index * 100 + at * 30 + 1009), 'commit',
        ]) await bench.client.query(statement);
      }
    }
    expect((await bench.client.query('select from things')).rowCount).toBe(302);
    // The place of somebody else's change, and a count that has them taken back.
    const setting = `belfry.bulk_${theirs?.id ?? ''}`;
    for (const [index, place] of [` ${theirs?.place ?? ''}`, 'x', ' (0,1', ' (0,99999)', ' (99999999999,1)'].entries()) {
      for (const statement of ['begin', `set local ${setting} = '3'; set local ${setting}_at = '${place}'`, insert(801 + index * 2, 802 + index * 2), 'commit']) {
        await bench.client.query(statement);
      }
    }
    expect((await shapes()).slice(0, 2)).toEqual(['901', '902']);
  });

  it('needs no right on belfry of the role that writes', async () => {
    bench = await Workbench.open(`${THINGS};
      do $$ begin create role belfry_test_clerk login password 'of the tests'; exception when duplicate_object then null; end $$;
      grant insert on things to belfry_test_clerk`);
    await bench.apply(RULE);
    const clerk = await bench.session((url) => { url.username = 'belfry_test_clerk'; url.password = 'of the tests'; });
    await clerk.query(insert(1, 1_000));
    expect(await shapes()).toEqual(['1000 rows']);
    await expect(clerk.query('create temp table t (); create trigger t after insert on t execute function belfry.count_bulk()')).rejects.toThrow('permission denied');
  });

  it('keeps its number when the rule is mended, and is a change of the rule when it is another', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(RULE);
    expect(await bench.apply(RULE)).toMatchObject({ kept: ['thing.changed'] });
    await bench.client.query('begin');
    const [step] = await planRules(bench.client, parseRules(RULE.replace('bulk: 3', 'bulk: { over: 4, title: "{{ count }} things" }')));
    await bench.client.query('rollback');
    expect(step && showStep(step)).toMatchObject({ action: 'replace', changes: [{ field: 'bulk', from: 'over 3', to: 'over 4; title {{ count }} things' }] });
    expect(await bench.apply(RULE.replace('bulk: 3', 'bulk: 4'))).toMatchObject({ replaced: ['thing.changed'] });
    await bench.client.query(insert(1, 4));
    expect(await shapes()).toEqual(['1', '2', '3', '4']);
  });
});
