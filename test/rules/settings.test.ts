import { afterEach, describe, expect, it } from '@jest/globals';
import { rule, Workbench } from './workbench.js';

let bench: Workbench;
afterEach(() => bench.close());

const THINGS = `
  create table public.things (
    id bigint, at timestamptz, during tstzrange, day date, took interval, ratio float8, small real, raw bytea, primary key (id, at, day))`;
const INSERT = String.raw`insert into things values (1, '2026-07-01 12:00+02', '[2026-07-01 12:00+02,2026-07-02 12:00+02)', '2026-03-01',
  '1 day 02:03:04', 0.1::float8 + 0.2::float8, 0.1, '\xff00')`;

describe('what is captured does not hang on the session that writes', () => {
  it.each([
    ["set datestyle = 'German'"],
    ["set timezone = 'Asia/Kathmandu'"],
    ["set intervalstyle = 'sql_standard'"],
    ['set bytea_output = escape'],
    ['set extra_float_digits = -15'],
  ])('%s', async (setting) => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('on: [insert, delete]\ntitle: "{{ row | json }} {{ row.raw }}"'));
    await bench.client.query(INSERT);
    await bench.client.query(setting);
    await bench.client.query('delete from things');
    const [inserted, deleted] = await bench.take();
    expect(inserted).toMatchObject({ key: '1,2026-07-01 10:00:00+00,2026-03-01', capture: null });
    expect(deleted).toMatchObject({ key: inserted?.key, old: inserted?.new, capture: null });
  });

  it('nor what a when says, nor how it is checked', async () => {
    bench = await Workbench.open(THINGS);
    await bench.client.query(`set timezone = 'Pacific/Kiritimati'; set datestyle = 'ISO, DMY'; set standard_conforming_strings = off`);
    await bench.apply(rule(String.raw`when: "new.at::date = '07/01/2026' and '\\d' = concat(chr(92), 'd')"`));
    await bench.client.query(`insert into things (id, at, day) values (1, '2026-07-01 23:59+00', now())`);
    expect(await bench.take()).toMatchObject([{ capture: null }]);
    await bench.client.query(`insert into things (id, at, day) values (2, '2026-07-02 00:00+00', now())`);
    expect(await bench.take()).toEqual([]);
    await expect(bench.apply(rule(`when: "new.day = '31/12/2026'"`))).rejects.toThrow('date/time field value out of range: "31/12/2026"');
  });
});

describe('a key of several columns', () => {
  it('is no other row\'s', async () => {
    bench = await Workbench.open('create table things (a text, b text, primary key (a, b))');
    await bench.apply(rule('on: insert\ntitle: x'));
    await bench.client.query(String.raw`insert into things values ('a,b', 'c'), ('a', 'b,c'), ('a\', 'b'), ('a\,b', ''), ('', '')`);
    expect((await bench.take()).map(({ key }) => key)).toEqual([String.raw`a\,b,c`, String.raw`a,b\,c`, String.raw`a\\,b`, String.raw`a\\\,b,`, ',']);
  });

  it('stays the same when another column is gone', async () => {
    bench = await Workbench.open('create table things (a text, b timestamptz, c int, d int, primary key (a, b))');
    await bench.apply(rule('on: [insert, update]\ncolumns: [d]\ntitle: "{{ row.c }}"'));
    const insert = `insert into things (a, b) values ('x,y', '2026-07-01 12:00+02')`;
    await bench.client.query(insert);
    await bench.client.query(`alter table things drop column c, drop column d, add column e int; update things set e = 1; delete from things; ${insert}`);
    const changes = await bench.take();
    expect(changes.map(({ key }) => key)).toEqual(Array.from(changes, () => String.raw`x\,y,2026-07-01 10:00:00+00`));
    expect(changes.at(-1)?.capture).toMatch(/^drift: /);
  });

  it('is what is left of it when one of them is gone', async () => {
    bench = await Workbench.open('create table things (a text, b text, c text, primary key (a, b))');
    await bench.apply(rule('title: "{{ row.c }}"'));
    await bench.client.query(`alter table things drop column a; insert into things (b, c) values ('x', 'y')`);
    expect(await bench.take()).toMatchObject([{ key: 'x', new: '{"b": "x", "c": "y"}', capture: expect.stringMatching(/^drift: /) }]);
  });

  it('leaves out what the index only includes', async () => {
    bench = await Workbench.open('create table things (a int, b int, note text, primary key (b, a) include (note))');
    await bench.apply(rule('title: x'));
    await bench.client.query(`insert into things values (1, 2, 'n')`);
    expect(await bench.take()).toMatchObject([{ key: '2,1' }]);
  });
});
