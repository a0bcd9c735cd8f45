import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import { checkDrift } from '../../src/rules/drift.js';
import { OwnPostgres } from '../support/postgres.js';
import { closeLater, openBench, proves } from './documented.js';
import { rule, Workbench } from './workbench.js';

let bench: Workbench;

const THINGS = `create type mood as enum ('ok'); create table things (id int primary key, name text, mood mood, n int default 1);`;
const RULE = rule('on: [insert, update]\ncolumns: [name, mood]\nwhen: "new.n > 0"\ntitle: "{{ row.name }}"');
const NAME = 'trigger "belfry:thing.changed"';

/** What the owner's command leaves of the rule: the drift, and whether a row written afterwards is captured. */
async function after(command: string, insert = 'insert into things (id) values (1)'): Promise<[drift: string | null, captured: string[]]> {
  await bench.client.query(command);
  if (insert !== '') await bench.client.query(insert);
  const drift = (await checkDrift(bench.client)).get('thing.changed') ?? null;
  return [drift, (await bench.take()).map(({ capture }) => capture ?? 'whole')];
}

async function watched(tables = THINGS, yaml = RULE): Promise<void> {
  bench = await openBench(tables);
  await bench.apply(yaml);
}

/** Applying mends it: no drift is left, and a row is captured whole. */
async function mended(how: 'mended' | 'replaced', yaml = RULE, insert = 'insert into things (id) values (2)'): Promise<void> {
  expect(await bench.apply(yaml)).toMatchObject({ [how]: ['thing.changed'] });
  expect(await after('', insert)).toEqual([null, ['whole']]);
  expect(await bench.apply(yaml)).toMatchObject({ kept: ['thing.changed'] });
}

const PARTITIONED = `create table things (id int primary key) partition by range (id); create table things_1 partition of things for values from (0) to (10);`;

proves('What owners do', {
  "adds a column or an enum's value": async () => {
    await watched();
    expect(await after(`alter table things add extra int`)).toEqual([null, ['whole']]);
    expect(await after(`alter type mood add value 'bad'`, `insert into things (id, mood) values (2, 'bad')`)).toEqual([null, ['whole']]);
    expect(await bench.apply(RULE)).toMatchObject({ kept: ['thing.changed'] });
  },
  'drops or renames a column that a rule uses': async () => {
    await watched();
    expect(await after('alter table things rename name to label')).toEqual(['column name is gone or renamed', [expect.stringMatching(/^drift: /)]]);
    await expect(bench.apply(RULE)).rejects.toThrow('found name, expected a column of public.things');
    await mended('replaced', RULE.replaceAll('name', 'label'));
    expect(await after('alter table things drop column mood', `insert into things (id) values (3)`)).toEqual(['column mood is gone or renamed', [expect.stringMatching(/^drift: /)]]);
  },
  'changes the type of a column that a rule uses': async () => {
    await watched();
    expect(await after('alter table things alter name type varchar(10)')).toEqual(['column name is character varying, was text', ['whole']]);
    await mended('replaced');
  },
  'renames the table': async () => {
    await watched();
    expect(await after('alter table things rename to stuff', 'insert into stuff (id) values (1)')).toEqual(['table public.things is gone or renamed: its trigger is on public.stuff now', ['whole']]);
    await expect(bench.apply(RULE)).rejects.toThrow('found public.things, expected a table that exists');
    await mended('replaced', RULE.replace('public.things', 'stuff'), 'insert into stuff (id) values (2)');
  },
  'moves the table to another schema': async () => {
    await watched();
    expect(await after('create schema shop; alter table things set schema shop', 'insert into shop.things (id) values (1)')).toEqual(['table public.things is gone or renamed: its trigger is on shop.things now', ['whole']]);
    await expect(bench.apply(RULE)).rejects.toThrow('did you mean "shop.things"?');
    await mended('replaced', RULE.replace('public.things', 'shop.things'), 'insert into shop.things (id) values (2)');
  },
  'drops the table': async () => {
    await watched();
    expect(await after('drop table things', '')).toEqual(['table public.things is gone or renamed', []]);
    await expect(bench.apply(RULE)).rejects.toThrow('expected a table that exists');
    expect(await bench.apply('rules: []')).toMatchObject({ dropped: ['thing.changed'] });
  },
  'drops the table and makes it anew': async () => {
    await watched();
    expect(await after('drop table things; create table things (id int primary key, name text, mood mood, n int default 1)')).toEqual([`${NAME} is missing`, []]);
    await mended('mended');
  },
  'attaches a partition': async () => {
    await watched(PARTITIONED, rule(''));
    expect(await after('create table later (id int not null); alter table things attach partition later for values from (10) to (20)', 'insert into things values (11)')).toEqual([null, ['whole']]);
    expect(await bench.apply(rule(''))).toMatchObject({ kept: ['thing.changed'] });
  },
  'detaches a partition': async () => {
    await watched(PARTITIONED, rule(''));
    expect(await after('alter table things detach partition things_1', 'insert into things_1 values (1)')).toEqual([null, []]);
    expect(await bench.apply(rule(''))).toMatchObject({ kept: ['thing.changed'] });
  },
  'lets another table inherit, or no more': async () => {
    await watched();
    expect(await after('create table heir () inherits (things)', 'insert into heir (id) values (1)')).toEqual([`${NAME} is missing on public.heir`, []]);
    await mended('mended', RULE, 'insert into heir (id) values (2)');
    expect(await after('alter table heir no inherit things', '')).toEqual([`${NAME} is still on public.heir`, []]);
    await mended('mended');
  },
  'disables the trigger, of one partition too': async () => {
    await watched();
    expect(await after('alter table things disable trigger all')).toEqual([`${NAME} is disabled`, []]);
    await mended('mended');
    await watched(PARTITIONED, rule(''));
    expect(await after('alter table things_1 disable trigger user')).toEqual([`${NAME} is disabled on public.things_1`, []]);
    await mended('mended', rule(''));
  },
  'drops the trigger or alters its function': async () => {
    await watched();
    expect(await after('drop trigger "belfry:thing.changed" on things')).toEqual([`${NAME} is missing`, []]);
    await mended('mended');
    expect(await after(`alter function belfry."rule:thing.changed" set search_path = public`, '')).toEqual([`the function of ${NAME} was altered`, []]);
    await mended('mended', RULE, 'insert into things (id) values (3)');
  },
  'gives the table to another owner, or takes the right to put triggers on it back': async () => {
    bench = await openBench(`
      do $$ begin create role belfry_test_belfry login password 'of the tests'; exception when duplicate_object then null; end $$;
      do $$ begin create role belfry_test_clerk login password 'of the tests'; exception when duplicate_object then null; end $$;
      ${THINGS} grant trigger on things to belfry_test_belfry;
      grant usage, create on schema belfry to belfry_test_belfry; grant all on all tables in schema belfry to belfry_test_belfry; set role belfry_test_belfry`);
    await bench.apply(RULE);
    expect(await after('reset role; revoke trigger on things from belfry_test_belfry; alter table things owner to belfry_test_clerk')).toEqual([null, ['whole']]);
    await bench.client.query('set role belfry_test_belfry');
    await expect(bench.apply(RULE)).rejects.toThrow('GRANT TRIGGER');
  },
  'restores a dump into another database': async () => {
    const programs = programsWithDump();
    if (programs === undefined) {
      console.warn('not tested: found no pg_dump in /usr/lib/postgresql/*/bin');
      return;
    }
    const postgres = await OwnPostgres.start({}, programs);
    closeLater(() => postgres.remove());
    const source = await Workbench.at(postgres.url, `${THINGS} create table heir () inherits (things); create table parted (id int primary key) partition by list (id); create table part partition of parted default`);
    closeLater(() => source.close());
    const yaml = RULE + rule('topic: parted.created\ntable: parted').replace('rules:\n', '');
    await source.apply(yaml);
    await source.client.query('insert into things (id) values (1)');
    await source.client.query('create database restored');
    const restored = new URL(postgres.url);
    restored.pathname = '/restored';
    await promisify(execFile)('sh', ['-c', `"${programs}/pg_dump" "${postgres.url}" | "${programs}/psql" -q -v ON_ERROR_STOP=1 "${restored.href}"`]);
    const copy = await Workbench.at(restored.href);
    closeLater(() => copy.close());
    bench = copy;
    expect(await after('', 'insert into things (id) values (2); insert into heir (id) values (3); insert into parted values (4)')).toEqual([null, Array(4).fill('whole')]);
    expect(await bench.apply(yaml)).toMatchObject({ kept: ['thing.changed', 'parted.created'] });
  },
});

/** The embedded PostgreSQL has no pg_dump. */
function programsWithDump(): string | undefined {
  const versions = '/usr/lib/postgresql';
  const folders = existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin')) : [];
  return folders.find((folder) => ['pg_dump', 'psql', 'initdb'].every((name) => existsSync(join(folder, name))));
}
