import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkDrift } from '../../src/rules/drift.js';
import { parseRules } from '../../src/rules/rules-file.js';
import { rule, Workbench } from './workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open(`
    create table public.things (id int primary key, name text, status text, size int, at timestamptz);
    create view public.seen as select * from things;
    create materialized view public.kept as select * from things;
    create schema shop;
    create table shop.invoices (id int)`);
});
afterAll(() => bench.close());

async function mistakes(yaml: string): Promise<string[]> {
  const message = await bench.apply(yaml).then(() => '', (error: unknown) => (error as Error).message);
  return message.split('\n').slice(1).map((line) => line.trim());
}

describe('a rule that does not fit the database', () => {
  it('is told with all others, each with its place and what there is instead', async () => {
    expect(
      await mistakes(`rules:
  - topic: a
    table: thigns
    on: insert
    audience: [everyone]
    title: a
  - topic: b
    table: things
    on: update
    columns: [status, sise]
    audience: [everyone, "user:{{ row.owner }}"]
    when: >-
      new.size > 0
      and new.sttatus = 'x'
    title: |
      {{ row.name }}
      {{ row.nmae | upcase }}
  - topic: c
    table: invoices
    on: insert
    audience: [everyone]
    title: c
`),
    ).toEqual([
      'belfry.yaml:3:12 rule "a": table: found public.thigns, expected a table that exists (did you mean "public.things"?)',
      'belfry.yaml:10:23 rule "b": columns: found sise, expected a column of public.things (did you mean "size"?); it has id, name, status, size, at',
      'belfry.yaml:11:35 rule "b": audience: found {{ row.owner }}, expected a column of public.things; it has id, name, status, size, at',
      'belfry.yaml:14:11 rule "b": when: PostgreSQL says column new.sttatus does not exist (did you mean "status"?); public.things has id, name, status, size, at',
      'belfry.yaml:17:10 rule "b": title: found {{ row.nmae }}, expected a column of public.things (did you mean "name"?); it has id, name, status, size, at',
      'belfry.yaml:19:12 rule "c": table: found public.invoices, expected a table that exists (did you mean "shop.invoices"?)',
    ]);
  });

  it.each([
    ['seen', 'which is a view, which has no row triggers: name the table behind it'],
    ['kept', 'which is a materialized view, whose rows nobody writes: name the table behind it'],
  ])('is refused on %s', async (table, message) => {
    expect(await mistakes(rule(`table: ${table}`))).toEqual([`belfry.yaml:2:12 rule "thing.changed": table: found public.${table}, ${message}`]);
  });
});

describe('a resolve', () => {
  it('is told with the place in its resolve, and needs something to tell rows apart by', async () => {
    expect(await mistakes(rule(`resolve: { when: "new.stat = 'x'" }`))).toEqual([
      expect.stringMatching(/belfry\.yaml:2:22 rule "thing\.changed": resolve: PostgreSQL says column new\.stat does not exist; public\.things has .*status/),
    ]);
    expect(await mistakes(rule('table: shop.invoices\nresolve: { on: delete }'))).toEqual([
      expect.stringContaining('resolve: found no primary key in shop.invoices, expected one, or a key in the rule, to tell rows apart'),
    ]);
  });
});

describe('a when', () => {
  it.each([
    ['new.size >', 'syntax error at or near ")"'],
    ['new.size + 1', 'the expression must be of type boolean, not integer'],
    ['count(new.size) > 1', 'aggregate functions are not allowed in a when'],
    ['sum(new.size) over () > 1', 'window functions are not allowed in a when'],
    ['generate_series(1, 2) > 1', 'set-returning functions are not allowed in a when'],
    ['true; drop table things', 'syntax error at or near ";"'],
    ['true) then 1 end; drop table things --', 'syntax error at or near ")"'],
    ['true) then true end; drop table things; select case when (true', 'there is a ; in it, and it must be a single expression'],
    ['new.size = $1', 'there is no parameter $1: a when has only new and old'],
    ['size > 1', 'column reference "size" is ambiguous'],
    ['new.ctid is not null', 'column new.ctid does not exist'],
    ['next.size > 1', 'missing FROM-clause entry for table "next"'],
    ['exists (select from nowhere)', 'relation "nowhere" does not exist'],
    ['exists (select from things)', 'relation "things" does not exist'],
    ['is_big(new.size)', 'function is_big(integer) does not exist; functions and types outside pg_catalog need their schema'],
    ["new.at > 'not a time'", 'invalid input syntax for type timestamp with time zone: "not a time"'],
    ["new.name = 'unclosed", "unterminated quoted string at or near \"'unclosed"],
  ])('%s is refused', async (when, message) => {
    expect((await mistakes(rule(`when: ${JSON.stringify(when)}`)))[0]).toContain(`rule "thing.changed": when: PostgreSQL says ${message}`);
    expect((await bench.client.query('select from things')).rowCount).toBe(0);
  });

  it.each([
    '10 / 0 > new.size', "new.status in ('a', 'b') -- done", 'new is distinct from old', 'exists (select from public.things)',
    'new.name ~ \'^"x"$\' and not old.name is null', "new.at > now() - interval '1 day'", '(new.name)::text = $$a$$', 'null',
  ])('%s is taken', async (when) => {
    expect(await mistakes(rule(`when: ${JSON.stringify(when)}`))).toEqual([]);
  });

  it('is placed where it is wrong, after characters of any width', async () => {
    expect(await mistakes(rule(`when: "new.name = '😀😀😀é' and new.nmae = 'x'"`))).toEqual([expect.stringMatching(/^belfry.yaml:2:37 rule/)]);
  });
});

describe('drift', () => {
  it('is noted while it lasts, and says what no longer fits', async () => {
    await bench.client.query('create table drifting (id int primary key, name text, status text, size int, extra int)');
    await bench.apply(rule('table: drifting\non: update\ncolumns: [status]\nwhen: "new.size > 0"\ntitle: "{{ row.name }}"'));
    const drift = async (sql: string): Promise<string | undefined> => {
      await bench.client.query(sql);
      const found = await checkDrift(bench.client);
      const { rows } = await bench.client.query<{ drift: string | null }>('select drift from belfry.rules where retired_at is null');
      expect(rows).toEqual([{ drift: found.get('thing.changed') ?? null }]);
      return found.get('thing.changed');
    };
    expect(await drift('alter table drifting drop column extra')).toBeUndefined();
    expect(await drift('alter table drifting rename name to label')).toBe('column name is gone or renamed');
    expect(await drift('alter table drifting rename label to name')).toBeUndefined();
    expect(await drift('alter table drifting alter status type char(5), drop column size')).toBe('column status is character, was text; column size is gone or renamed');
    expect(await drift('alter table drifting alter status type text, add column size int')).toBeUndefined();
    expect(await drift('alter table drifting disable trigger user')).toBe('trigger "belfry:thing.changed" is disabled');
    expect(await drift('alter table drifting enable trigger user; alter table drifting rename to drifted')).toBe('table public.drifting is gone or renamed: its trigger is on public.drifted now');
    expect(await drift('alter table drifted rename to drifting; drop trigger "belfry:thing.changed" on drifting')).toBe('trigger "belfry:thing.changed" is missing');
    expect(await drift('drop table drifting')).toBe('table public.drifting is gone or renamed');
    await bench.apply('rules: []');
  });
});

it('the rules of the sample shop fit the sample shop', async () => {
  const shop = await Workbench.open('', 'shop');
  try {
    const text = await readFile('belfry.yaml', 'utf8');
    const topics = ['order.created', 'order.cancelled', 'comment.created', 'ticket.opened', 'ticket.assigned', 'ticket.reopened'];
    expect(parseRules(text).map(({ rule: { topic } }) => topic)).toEqual(topics);
    expect((await shop.apply(text)).created).toEqual(topics);
  } finally {
    await shop.close();
  }
});
