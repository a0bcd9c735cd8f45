import { expect } from '@jest/globals';
import { openBench, proves } from './documented.js';
import { rule, type Workbench } from './workbench.js';

let bench: Workbench;

/** What the whole row of one insert is captured as. */
async function captured(table: string, insert: string): Promise<Record<string, unknown>> {
  bench = await openBench(table);
  await bench.apply(rule('title: "{{ row | json }}"'));
  await bench.client.query(insert);
  const changes = await bench.take();
  expect(changes).toMatchObject([{ capture: null }]);
  return JSON.parse(changes[0]?.new ?? '') as Record<string, unknown>;
}

/** Applies a rule for every operation, writes, and tells what was captured. */
async function seen(tables: string, writes: string, fields = 'title: x'): Promise<(string | null)[][]> {
  bench = await openBench(tables);
  await bench.apply(rule(`on: [insert, update, delete]\n${fields}`));
  await bench.client.query(writes);
  return (await bench.take()).map(({ operation, key, capture }) => (capture === null ? [operation, key] : [operation, key, capture]));
}

async function refused(tables: string, fields: string): Promise<string> {
  bench = await openBench(tables);
  return bench.apply(rule(fields)).then(() => '', (error: unknown) => (error as Error).message);
}

/** 62 bytes. */
const LONG = 'ä'.repeat(31);

proves('What a table may be', {
  'with quoted, mixed-case or odd names': async () => {
    const table = `create schema "Odd.Schema"; create table "Odd.Schema"."Mixed Case $1 'q'" ("Full Name" text, "ключ" int primary key, "a.b" int, "$1" int)`;
    bench = await openBench(table);
    await bench.apply(rule(`table: '"Odd.Schema"."Mixed Case $1 ''q''"'\ntitle: '{{ row["Full Name"] }} {{ row["a.b"] }} {{ row["$1"] }}'\nwhen: 'new."$1" > 0 and new."a.b" = 1'`));
    await bench.client.query(`insert into "Odd.Schema"."Mixed Case $1 'q'" values ('Grace', 1, 1, 1)`);
    expect(await bench.take()).toMatchObject([{ key: '1', capture: null, new: '{"$1": 1, "a.b": 1, "ключ": 1, "Full Name": "Grace"}' }]);
  },
  'with names of 63 bytes, or of keywords': async () => {
    bench = await openBench(`
      create table "${LONG}a" ("${LONG}a" int primary key); create table "${LONG}b" ("select" int primary key, "new" int, "old" int, tg_op text, "table" int, belfry_new text)`);
    const topic = 'a'.repeat(48);
    const rules = (tables: string[]): string => tables.map((table, at) => rule(`topic: ${topic}.${at}\ntable: '"${table}"'\ntitle: "{{ row | json }}"`).replace('rules:\n', '')).join('');
    await bench.apply(`rules:\n${rules([`${LONG}a`, `${LONG}b`])}`);
    await bench.client.query(`insert into "${LONG}a" values (1); insert into "${LONG}b" values (2, 3, 4, 'op', 5, 'n')`);
    expect((await bench.take()).map((change) => [change.key, JSON.parse(change.new ?? '') as unknown])).toEqual([
      ['1', { [`${LONG}a`]: 1 }], ['2', { select: 2, new: 3, old: 4, tg_op: 'op', table: 5, belfry_new: 'n' }],
    ]);
  },
  'in another schema': async () => {
    expect(await seen('create schema shop; create table shop.things (id int primary key)', 'insert into shop.things values (1)', 'table: shop.things')).toEqual([['insert', '1']]);
  },
  'with a primary key of several columns': async () => {
    expect(await seen('create table things (a int, b text, primary key (b, a))', String.raw`insert into things values (1, 'x,\')`)).toEqual([['insert', String.raw`x\,\\,1`]]);
  },
  'with a key of uuid or text': async () => {
    expect(await seen('create table things (id uuid primary key)', `insert into things values ('7D1F9D0C-8F5E-4D5B-9F60-0D3F3B1F0A11')`)).toEqual([['insert', '7d1f9d0c-8f5e-4d5b-9f60-0d3f3b1f0a11']]);
    expect(await seen('create table things (id text primary key)', `insert into things values ('a, b')`)).toEqual([['insert', 'a, b']]);
  },
  'without a primary key': async () => {
    expect(await seen('create table things (id int)', 'insert into things values (1); update things set id = 2; delete from things')).toEqual([['insert', null], ['update', null], ['delete', null]]);
    await expect(bench.apply(rule('resolve: { on: delete }'))).rejects.toThrow('found no primary key');
  },
  'with identity and stored generated columns': async () => {
    expect(await captured('create table things (id int generated always as identity primary key, a int, twice int generated always as (a * 2) stored)', 'insert into things (a) values (3)')).toEqual({ id: 1, a: 3, twice: 6 });
  },
  'with virtual generated columns': async () => {
    bench = await openBench('create table things (id int primary key, a int)');
    const { rows: [server] } = await bench.client.query<{ version: number }>(`select current_setting('server_version_num')::int as version`);
    if ((server?.version ?? 0) < 180000) return; // There are none before PostgreSQL 18.
    await bench.client.query('alter table things add twice int generated always as (a * 2) virtual');
    for (const field of ['title: "{{ row.twice }}"', 'when: "new.twice > 1"', 'on: update\ncolumns: [twice]\ntitle: x']) {
      await expect(bench.apply(rule(field))).rejects.toThrow(/twice\b.*, a virtual column, which triggers see as null/);
    }
    await bench.apply(rule('title: "{{ row | json }}"'));
    await bench.client.query('insert into things values (1, 2)');
    expect(await bench.take()).toMatchObject([{ new: '{"a": 2, "id": 1}', capture: null }]);
  },
  'with enums, domains, arrays, ranges and composite types': async () => {
    const row = await captured(
      `create type mood as enum ('sad', 'ok'); create domain short as text check (length(value) < 9); create domain shorts as text[];
       create type place as (street text, no int); create type odds as range (subtype = int4);
       create table things (m mood primary key, ms mood[], s short, ss shorts, p place, ps place[], n int[][], r odds, during tstzrange, rs int4multirange)`,
      `insert into things values ('ok', '{ok,sad}', 'abc', '{a,b}', ('Main St', 4), array[row('A', 1)::place], '{{1,2},{3,null}}', '[1,5)', '[2026-01-01 00:00+02,)', '{[1,2)}')`,
    );
    expect(row).toEqual({
      m: 'ok', ms: ['ok', 'sad'], s: 'abc', ss: ['a', 'b'], p: { street: 'Main St', no: 4 }, ps: [{ street: 'A', no: 1 }], n: [[1, 2], [3, null]],
      r: '[1,5)', during: '["2025-12-31 22:00:00+00",)', rs: '{[1,2)}',
    });
    await bench.apply(rule(`on: update\ncolumns: [m, ms, s, ss, p, ps, n, r, during, rs]\nwhen: "new.m = 'ok' and new.s = 'abc' and (new.p).no > 3"\ntitle: x`));
    await bench.client.query(`update things set m = m, p = p; update things set p.no = 5; update things set ss = '{c}'; update things set r = '[2,5)'`);
    expect((await bench.take()).map(({ capture }) => capture)).toEqual([null, null, null]);
  },
  'with json and jsonb': async () => {
    const row = await captured('create table things (id int primary key, j json, b jsonb, n jsonb)', `insert into things values (1, '{"a": 1, "a": 2, "deep": {"x": [1, null]}}', '{"b": "é"}', 'null')`);
    expect(row).toEqual({ id: 1, j: { a: 2, deep: { x: [1, null] } }, b: { b: 'é' }, n: null });
    await bench.apply(rule('on: update\ncolumns: [j, n]'));
    await bench.client.query(`update things set j = j; update things set n = null; update things set j = '{}'`);
    expect(await bench.take()).toHaveLength(2);
  },
  'with numbers of 40 digits, NaN and infinity': async () => {
    bench = await openBench('create table things (id numeric primary key, n numeric, i numeric, f float8, g real)');
    await bench.apply(rule('title: "{{ row.n }}{{ row.i }}{{ row.f }}{{ row.g }}"'));
    await bench.client.query(`insert into things values (1234567890123456789012345678901234567890, 'NaN', 0.1000000000000000000000000000000000000001, '-Infinity', 0.1)`);
    expect(await bench.take()).toMatchObject([{ key: '1234567890123456789012345678901234567890', capture: null,
      new: '{"f": "-Infinity", "g": 0.1, "i": 0.1000000000000000000000000000000000000001, "n": "NaN", "id": 1234567890123456789012345678901234567890}' }]);
  },
  'with timestamps, infinite and BC ones too': async () => {
    const row = await captured(
      `create table things (id timestamptz primary key, forever timestamptz, old timestamp, ides date); set timezone = 'America/New_York'`,
      `insert into things values ('2026-07-01 12:00', 'infinity', '0044-03-15 12:00 BC', '0044-03-15 BC')`,
    );
    expect(row).toEqual({ id: '2026-07-01T16:00:00+00:00', forever: 'infinity', old: '0044-03-15T12:00:00 BC', ides: '0044-03-15 BC' });
  },
  'with bytea, xml, tsvector, inet, bit, money and geometric types': async () => {
    const table = 'create table things (id int primary key, b bytea, x xml, t tsvector, i inet, bits bit(3), m money, p point, poly polygon, c "char", o oid, u interval)';
    const row = await captured(table, String.raw`insert into things values (1, '\x00ff', null, 'a b', '10.0.0.1/8', '101', '12.50', '(1,2)', '((0,0),(1,1),(1,0))', 'c', 7, '1 day')`);
    expect(row).toEqual({ id: 1, x: null, t: "'a' 'b'", i: '10.0.0.1/8', bits: '101', m: '$12.50', p: '(1,2)', poly: '((0,0),(1,1),(1,0))', c: 'c', o: '7', u: '1 day' });
    await bench.apply(rule('on: update\ncolumns: [b, x, t, i, bits, m, p, poly, c, o, u]\ntitle: "{{ row.b }}"'));
    await bench.client.query(String.raw`update things set p = p, poly = poly; update things set p = '(1,3)'; update things set poly = '((0,0),(1,1))'; update things set b = '\x01'`);
    expect((await bench.take()).map((change) => [(JSON.parse(change.new ?? '') as { b: string }).b, change.capture])).toEqual([[String.raw`\x00ff`, null], [String.raw`\x00ff`, null], [String.raw`\x01`, null]]);
  },
  'with types of an extension': async () => {
    // A base type in a schema of its own, with an operator that would fail: what an extension's type is to us.
    bench = await openBench(`
      create schema ext; create type ext.odd;
      create function ext.odd_in(cstring) returns ext.odd language internal immutable strict as 'textin';
      create function ext.odd_out(ext.odd) returns cstring language internal immutable strict as 'textout';
      create type ext.odd (input = ext.odd_in, output = ext.odd_out, like = text);
      create table things (id ext.odd, note text)`);
    await bench.apply(rule('on: [insert, update]\ncolumns: [id]\ntitle: "{{ row.id }}"'));
    await bench.client.query(`insert into things values ('x'); update things set note = 'n'; update things set id = 'y'`);
    expect((await bench.take()).map(({ new: now, capture }) => [now, capture])).toEqual([['{"id": "x"}', null], ['{"id": "y"}', null]]);
  },
  'with 1,600 columns': async () => {
    const columns = Array.from({ length: 1599 }, (_, at) => `c${at} int`);
    bench = await openBench(`create table things (id int primary key, ${columns.join(', ')})`);
    await bench.apply(rule('on: [insert, update]\ntitle: "{{ row | json }}"\nwhen: "new is distinct from old and new.c1598 is null"'));
    await bench.client.query('insert into things (id, c0) values (1, 1); update things set c7 = 3');
    const changes = await bench.take();
    expect(changes.map(({ capture, new: now }) => [capture, Object.keys(JSON.parse(now ?? '') as object).length])).toEqual([[null, 1600], [null, 1600]]);
  },
  'that is partitioned': async () => {
    expect(await seen(
      `create table things (id int primary key, name text) partition by range (id); create table things_1 partition of things for values from (0) to (10)`,
      `create table things_2 partition of things for values from (10) to (20); create table things_3 (gone int, name text, id int not null); alter table things_3 drop column gone; alter table things attach partition things_3 for values from (20) to (30);
       insert into things values (1), (11), (21); insert into things_1 values (2); insert into things_2 values (12); insert into things_3 values ('x', 22)`,
    )).toEqual(['1', '11', '21', '2', '12', '22'].map((key) => ['insert', key]));
  },
  'that is a partition': async () => {
    expect(await seen(
      `create table whole (id int primary key) partition by range (id); create table things partition of whole for values from (0) to (10); create table rest partition of whole default`,
      'insert into whole values (1), (11); insert into things values (2)',
    )).toEqual([['insert', '1'], ['insert', '2']]);
    await bench.apply(`${rule('')}${rule('topic: whole.changed\ntable: whole').replace('rules:\n', '')}`);
    await bench.client.query('insert into whole values (3)');
    expect(await bench.take()).toHaveLength(2);
  },
  'that others inherit from': async () => {
    expect(await seen('create table things (id int primary key); create table heirs () inherits (things)', 'insert into heirs values (1); update things set id = 2')).toEqual([['insert', '1'], ['update', '2']]);
  },
  'that is unlogged': async () => {
    expect(await seen('create unlogged table things (id int primary key)', 'insert into things values (1)')).toEqual([['insert', '1']]);
    const { rows } = await bench.client.query(`select relpersistence from pg_class where oid = 'belfry.captured_rows'::regclass`);
    expect(rows).toEqual([{ relpersistence: 'p' }]);
  },
  'with row-level security': async () => {
    bench = await openBench(`
      do $$ begin create role belfry_test_clerk login password 'of the tests'; exception when duplicate_object then null; end $$;
      create table things (id int primary key, owner text); alter table things enable row level security; alter table things force row level security;
      create policy own on things for all to belfry_test_clerk using (owner = current_user) with check (true);
      grant all on things to belfry_test_clerk`);
    await bench.apply(rule('on: [insert, update]\nwhen: "exists (select from public.things t where t.id = new.id)"'));
    const clerk = await bench.session((url) => { url.username = 'belfry_test_clerk'; url.password = 'of the tests'; });
    await clerk.query(`insert into things values (1, 'belfry_test_clerk'), (2, 'somebody'); update things set id = id + 10`);
    expect((await bench.take()).map(({ operation, key, capture }) => [operation, key, capture])).toEqual([['insert', '1', null], ['insert', '2', null], ['update', '11', null]]);
  },
  'with triggers of its own': async () => {
    expect(await seen(
      `create table things (id int primary key, n int default 0);
       create function before() returns trigger language plpgsql as $$ begin if new.id < 0 then return null; end if; new.n := 7; return new; end $$;
       create trigger a before insert on things for each row execute function before();
       create function after() returns trigger language plpgsql as $$ begin update things set n = n + 1 where id = new.id; return null; end $$;
       create trigger aa after insert on things for each row execute function after(); create trigger z after insert on things for each row execute function after()`,
      'insert into things values (1), (-1)', 'when: "new.n >= 7"',
    )).toEqual([['update', '1'], ['insert', '1'], ['update', '1']]);
  },
  'that is a view': async () => {
    expect(await refused('create view things as select 1 as id', '')).toContain('found public.things, which is a view, which has no row triggers: name the table behind it');
  },
  'that is a materialized view': async () => {
    expect(await refused('create materialized view things as select 1 as id', '')).toContain('name the table behind it');
  },
  'that is a foreign table': async () => {
    expect(await refused('create foreign data wrapper w; create server s foreign data wrapper w; create foreign table things (id int) server s', '')).toContain('which is a foreign table, whose rows may be written elsewhere: put the rule where the table is');
  },
  'that is temporary, or a sequence': async () => {
    expect(await refused('create sequence things', '')).toContain('a sequence, expected a table');
    await bench.client.query('create temporary table things (id int)');
    expect(() => bench.apply(rule('table: pg_temp.things'))).toThrow('the schemas of PostgreSQL and belfry are not watched');
  },
  "that Belfry's role may put no trigger on": async () => {
    expect(await refused(
      `do $$ begin create role belfry_test_belfry login password 'of the tests'; exception when duplicate_object then null; end $$;
       create table things (id int); grant usage, create on schema belfry to belfry_test_belfry; grant all on all tables in schema belfry to belfry_test_belfry; set role belfry_test_belfry`, '',
    )).toContain("found public.things, expected the right to put a trigger on it: have its owner GRANT TRIGGER to Belfry's role");
  },
});
