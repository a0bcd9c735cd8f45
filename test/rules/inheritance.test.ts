import { afterEach, describe, expect, it } from '@jest/globals';
import { checkDrift } from '../../src/rules/drift.js';
import { rule, Workbench } from './workbench.js';

let bench: Workbench;
afterEach(() => bench.close());

const FAMILY = `
  create table public.things (id int primary key, name text);
  create table public.first (extra text, unique (id)) inherits (things);
  create schema shop;
  create table shop.second (more int) inherits (first)`;
const RULE = rule('on: [insert, update, delete]\ntitle: "{{ row.name }}"');

async function drift(): Promise<string | undefined> {
  return (await checkDrift(bench.client)).get('thing.changed');
}

describe('a rule on a table that others inherit from', () => {
  it('is told of their rows, written through either', async () => {
    bench = await Workbench.open(FAMILY);
    await bench.apply(RULE);
    await bench.client.query(`insert into things values (1, 'a'); insert into first values (2, 'b', 'x'); insert into shop.second values (3, 'c', 'y', 1)`);
    await bench.client.query(`update things set name = name || '!'; delete from only shop.second`);
    expect((await bench.take()).map(({ operation, key, capture }) => [operation, key, capture])).toEqual([
      ['insert', '1', null], ['insert', '2', null], ['insert', '3', null],
      ['update', '1', null], ['update', '2', null], ['update', '3', null], ['delete', '3', null],
    ]);
    expect(await bench.apply(RULE)).toMatchObject({ kept: ['thing.changed'] });
  });

  it('drifts when an heir comes, goes or loses its trigger, and is mended by applying', async () => {
    bench = await Workbench.open(FAMILY);
    await bench.apply(RULE);
    const cases = [
      ['create table third () inherits (things)', 'trigger "belfry:thing.changed" is missing on public.third'],
      ['alter table third no inherit things', 'trigger "belfry:thing.changed" is still on public.third'],
      ['alter table shop.second disable trigger user', 'trigger "belfry:thing.changed" is disabled on shop.second'],
    ] as const;
    for (const [sql, told] of cases) {
      await bench.client.query(sql);
      expect(await drift()).toBe(told);
      expect(await bench.apply(RULE)).toMatchObject({ mended: ['thing.changed'] });
      expect(await drift()).toBeUndefined();
    }
    await bench.client.query(`insert into third values (4, 'd'); insert into shop.second values (3, 'c', 'y', 1)`);
    expect((await bench.take()).map(({ key }) => key)).toEqual(['3']);
    await bench.client.query('drop table first cascade');
    expect(await drift()).toBeUndefined();
    expect(await bench.apply(RULE)).toMatchObject({ kept: ['thing.changed'] });
  });

  it('is refused by the name of the heir that may not have a trigger', async () => {
    bench = await Workbench.open(`
      do $$ begin create role belfry_test_belfry login password 'of the tests'; exception when duplicate_object then null; end $$;
      ${FAMILY};
      grant all on all tables in schema belfry to belfry_test_belfry; grant usage, create on schema belfry to belfry_test_belfry;
      grant trigger on things, first, shop.second to belfry_test_belfry; set role belfry_test_belfry`);
    await expect(bench.apply(RULE)).rejects.toThrow(
      "found public.things, from which shop.second inherits, expected the right to use schema shop: have its owner GRANT USAGE on it to Belfry's role",
    );
    await bench.client.query('reset role; grant usage on schema shop to belfry_test_belfry; revoke trigger on shop.second from belfry_test_belfry; set role belfry_test_belfry');
    await expect(bench.apply(RULE)).rejects.toThrow(
      "found public.things, from which shop.second inherits, expected the right to put a trigger on that: have its owner GRANT TRIGGER to Belfry's role",
    );
  });
});

it('a copy of the trigger that is disabled on one partition is drift as well', async () => {
  bench = await Workbench.open(`
    create table things (id int primary key) partition by range (id);
    create table things_1 partition of things for values from (0) to (10);
    create table things_2 partition of things for values from (10) to (20)`);
  await bench.apply(rule(''));
  await bench.client.query('alter table things_2 disable trigger "belfry:thing.changed"');
  expect(await drift()).toBe('trigger "belfry:thing.changed" is disabled on public.things_2');
  expect(await bench.apply(rule(''))).toMatchObject({ mended: ['thing.changed'] });
  expect(await drift()).toBeUndefined();
  await bench.client.query('insert into things values (1), (11)');
  expect((await bench.take()).map(({ key }) => key)).toEqual(['1', '11']);
});
