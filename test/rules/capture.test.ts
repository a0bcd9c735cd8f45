import { afterEach, describe, expect, it } from '@jest/globals';
import { rule, Workbench } from './workbench.js';

let bench: Workbench;
afterEach(() => bench.close());

const THINGS = `
  create table public.things (
    id bigint primary key, name text, status text default 'new', amount numeric, secret text default 'hidden', photo bytea)`;

describe('a captured change', () => {
  it('holds the columns that the rule uses and the key, digit for digit', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('title: "{{ row.name }} costs {{ row.amount }}"'));
    await bench.client.query(`insert into things (id, name, amount) values (9223372036854775807, 'a', 19.90)`);
    expect(await bench.take()).toEqual([
      { rule: 1, operation: 'insert', key: '9223372036854775807', old: null, capture: null,
        new: '{"id": 9223372036854775807, "name": "a", "amount": 19.90}' },
    ]);
  });

  it('is there if and only if the write was committed, savepoints included', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule(''));
    await bench.client.query(`begin; insert into things (id) values (1); rollback`);
    await bench.client.query(`begin; insert into things (id) values (2); savepoint a; insert into things (id) values (3);
                              rollback to a; insert into things (id) values (4); commit`);
    await expect(bench.client.query(`insert into things (id) values (5), (2)`)).rejects.toThrow('duplicate key');
    expect((await bench.take()).map(({ key }) => key)).toEqual(['2', '4']);
  });

  it('has old and new of an update, and counts only what really changed', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('on: update\ncolumns: [status]\ntitle: "{{ row.name }}"'));
    await bench.client.query(`insert into things (id, name) values (1, 'a')`);
    await bench.client.query(`update things set name = 'b'`);
    await bench.client.query(`update things set status = 'new'`);
    await bench.client.query(`update things set status = null`);
    await bench.client.query(`update things set status = 'done'`);
    expect((await bench.take()).map(({ old, new: now }) => [old, now].map((json) => JSON.parse(json ?? '') as unknown))).toEqual([
      [{ id: 1, name: 'b', status: 'new' }, { id: 1, name: 'b', status: null }],
      [{ id: 1, name: 'b', status: null }, { id: 1, name: 'b', status: 'done' }],
    ]);
  });

  it('sees a column that a BEFORE trigger changed', async () => {
    bench = await Workbench.open(`${THINGS};
      create function stamp() returns trigger language plpgsql as $$ begin new.status := 'stamped'; return new; end $$;
      create trigger stamp before update on things for each row execute function stamp()`);
    await bench.apply(rule('on: update\ncolumns: [status]'));
    await bench.client.query(`insert into things (id) values (1); update things set name = 'x'`);
    expect(await bench.take()).toMatchObject([{ operation: 'update', capture: null }]);
  });

  it('tells deletes, inserts and updates of one rule apart', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('on: [insert, update, delete]\nwhen: "coalesce(new.id, old.id) > 0 and old.status is distinct from \'x\'"'));
    await bench.client.query(`insert into things (id) values (1)`);
    await bench.client.query(`update things set id = 2`);
    await bench.client.query(`delete from things`);
    expect(await bench.take()).toMatchObject([
      { operation: 'insert', key: '1', old: null, new: '{"id": 1}', capture: null },
      { operation: 'update', key: '2', old: '{"id": 1}', new: '{"id": 2}', capture: null },
      { operation: 'delete', key: '2', old: '{"id": 2}', new: null, capture: null },
    ]);
  });

  it('of a rule that watches columns is taken of every insert and delete', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('on: [insert, update, delete]\ncolumns: [name]'));
    await bench.client.query(`insert into things (id) values (1); update things set id = 2; delete from things`);
    expect((await bench.take()).map(({ operation }) => operation)).toEqual(['insert', 'delete']);
  });

  it('fires for both halves of ON CONFLICT', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('on: [insert, update]'));
    const upsert = `insert into things (id) values (1) on conflict (id) do update set name = 'again'`;
    await bench.client.query(upsert);
    await bench.client.query(upsert);
    expect((await bench.take()).map(({ operation }) => operation)).toEqual(['insert', 'update']);
  });

  it('leaves binary columns out of a whole row, and takes them when they are named', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule(`topic: whole\ntitle: "{{ row | json }}"`) + rule(`topic: named\ntitle: "{{ row.photo }}"`).replace('rules:\n', ''));
    await bench.client.query(String.raw`insert into things (id, photo) values (1, '\xff00')`);
    const [named, whole] = (await bench.take()).map((change) => JSON.parse(change.new ?? '') as object);
    expect(named).toEqual({ id: 1, photo: '\\xff00' });
    expect(Object.keys(whole ?? {}).sort()).toEqual(['amount', 'id', 'name', 'secret', 'status']);
  });

  it('holds more columns than a function takes arguments', async () => {
    const columns = Array.from({ length: 120 }, (_, index) => `c${index} int default ${index}`);
    bench = await Workbench.open(`create table things (id int, ${columns.join(', ')}, primary key (c7, id))`);
    await bench.apply(rule('title: "{{ row | json }}"'));
    await bench.client.query('insert into things (id) values (1)');
    const [change] = await bench.take();
    expect(change).toMatchObject({ key: '7,1', capture: null });
    expect(Object.keys(JSON.parse(change?.new ?? '') as object)).toHaveLength(121);
  });

  it('keeps every character: quotes, emoji, HTML, newlines, backslash-u, a megabyte', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('title: "{{ row.name }}"'));
    const texts = [`it's "quoted"`, '🏴󠁧󠁢󠁥󠁮󠁧󠁿 👩‍👩‍👧', '<script>alert(1)</script>', 'a\nb\r\n\tc', String.raw`\u0000 \x00 \\`, '$belfry$', 'x'.repeat(1_000_000)];
    for (const [index, text] of texts.entries()) await bench.client.query('insert into things (id, name) values ($1, $2)', [index, text]);
    expect((await bench.take()).map((change) => (JSON.parse(change.new ?? '') as { name: string }).name)).toEqual(texts);
  });

  it('works for odd names of schema, table, column and key', async () => {
    bench = await Workbench.open(`
      create schema "Odd ""Schema""";
      create table "Odd ""Schema"""."Mixed Case" ("Id's" int primary key, "a ""b"" \\ c" json, new text, belfry_key text, old point)`);
    await bench.apply(String.raw`rules:
      - topic: odd
        table: '"Odd ""Schema"""."Mixed Case"'
        on: update
        columns: ['a "b" \ c', old]
        when: >-
          new.new = old.new and new.new <> $belfry$x$belfry$
          and exists (select from "Odd ""Schema"""."Mixed Case" where belfry_key = 'k') -- to the end
        audience: [everyone]
        title: |
          {{ row["Id's"] }} {{ row['a "b" \\ c'].deep }} {{ row.new }} {{ row.belfry_key }}`);
    const table = '"Odd ""Schema"""."Mixed Case"';
    await bench.client.query(`insert into ${table} values (1, '{"deep": 1}', 'n', 'k', '(1,2)')`);
    await bench.client.query(`update ${table} set "a ""b"" \\ c" = '{"deep": 1}'`);
    await bench.client.query(`update ${table} set old = '(1,3)'`);
    const [change, ...more] = await bench.take();
    expect(more).toEqual([]);
    expect(change).toMatchObject({ key: '1', capture: null });
    const row = { "Id's": 1, 'a "b" \\ c': { deep: 1 }, new: 'n', old: '(1,3)', belfry_key: 'k' };
    expect(JSON.parse(change?.new ?? '')).toEqual(row);
  });

  it('is taken of partitions, written through the table or directly, and of those attached later', async () => {
    bench = await Workbench.open(`
      create table things (id int, at date, primary key (id, at)) partition by range (at);
      create table things_1 partition of things for values from ('2026-01-01') to ('2026-02-01')`);
    await bench.apply(rule(''));
    await bench.client.query(`create table things_2 partition of things for values from ('2026-02-01') to ('2026-03-01')`);
    await bench.client.query(`insert into things values (1, '2026-01-05'); insert into things_1 values (2, '2026-01-06');
                              insert into things_2 values (3, '2026-02-06')`);
    expect((await bench.take()).map(({ key }) => key)).toEqual(['1,2026-01-05', '2,2026-01-06', '3,2026-02-06']);
    expect(await bench.apply(rule(''))).toMatchObject({ kept: ['thing.changed'] });
  });

  it('is not taken while the transaction is muted, and is again after it', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule(''));
    await bench.client.query(`begin; set local belfry.mute = 'on'; insert into things (id) values (1); commit`);
    await bench.client.query(`insert into things (id) values (2)`);
    expect((await bench.take()).map(({ key }) => key)).toEqual(['2']);
  });

  it('needs no right on belfry of the role that writes, and gives it none', async () => {
    bench = await Workbench.open(`${THINGS};
      do $$ begin create role belfry_test_clerk login password 'of the tests'; exception when duplicate_object then null; end $$;
      grant insert on things to belfry_test_clerk;
      grant create on schema public to belfry_test_clerk`);
    await bench.apply(rule(''));
    const clerk = await bench.session((url) => { url.username = 'belfry_test_clerk'; url.password = 'of the tests'; });
    await clerk.query('create function public.lower(text) returns text language sql as $$ select null $$');
    await clerk.query(`set search_path = public, pg_catalog`);
    await clerk.query(`insert into things (id) values (1)`);
    expect(await bench.take()).toMatchObject([{ key: '1', operation: 'insert', capture: null }]);
    await expect(clerk.query('select from belfry.changes')).rejects.toThrow('permission denied');
    await bench.client.query('grant usage on schema belfry to belfry_test_clerk');
    await clerk.query('create table t ()');
    await expect(clerk.query(`create trigger t after insert on t execute function belfry."rule:thing.changed"()`)).rejects.toThrow(
      'permission denied for function',
    );
  });
});
