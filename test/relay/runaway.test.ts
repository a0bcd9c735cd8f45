import { afterEach, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';
import { until } from '../support/until.js';

const RULES = `
rules:
  - topic: thing.endless
    table: public.things
    on: insert
    audience: [everyone]
    title: "{% for i in (1..3000) %}{% for j in (1..3000) %}{% assign x = j %}{% endfor %}{% endfor %}"
  - topic: thing.huge
    table: public.things
    on: insert
    audience: [everyone]
    title: "{% for i in (1..3000) %}{{ row.name }}{% endfor %}"
  - topic: thing.well
    table: public.things
    on: insert
    audience: [everyone]
    title: "{{ row.id }}"
`;

describe('a template that runs away', () => {
  let app: TestApp;
  afterEach(() => app.close());

  it('parks its own changes and holds up nobody else’s, however many there are', async () => {
    app = await TestApp.start({
      rules: RULES,
      prepare: async (client) => {
        await client.query('create table public.things (id int, name text)');
      },
    });
    const { business } = app;
    await business.query(`insert into things select g, repeat('x', 10000) from generate_series(1, 400) g`);
    const told = async (topic: string): Promise<number> => {
      const { rows } = await business.query<{ count: number }>('select count(*)::int from belfry.notifications where topic = $1', [topic]);
      return rows[0]?.count ?? 0;
    };
    await until('the good rule has told all', async () => (await told('thing.well')) === 400);
    await until('the outbox is empty', async () => (await business.query('select from belfry.changes')).rowCount === 0);
    const { rows } = await business.query<{ topic: string; parked: number; reasons: string[] }>(`
      select r.topic, count(*)::int as parked, array_agg(distinct f.reason order by f.reason) as reasons
        from belfry.failed_changes f join belfry.rules r on r.id = f.rule group by 1 order by 1`);
    expect(rows[0]).toMatchObject({ topic: 'thing.endless', parked: 400 });
    // Where in the template a rendering was when its time ran out is the machine's to say.
    const reasons = rows[0]?.reasons ?? [];
    expect(reasons).toContainEqual(expect.stringContaining('its rule has used up its time'));
    expect(reasons.filter((reason) => !reason.includes('its rule has used up its time')))
      .toContainEqual(expect.stringContaining('rule "thing.endless", title: template render limit exceeded'));
    expect((await told('thing.huge')) + (rows[1]?.parked ?? 0)).toBe(400);
  });
});

const LOOP = '{% for i in (1..3000) %}{% for j in (1..3000) %}{% assign x = j %}{% endfor %}{% endfor %}';
/** Takes its time and comes to an end, before any one rendering has to. */
const SLOW = '{% for i in (1..6000) %}{% assign x = i %}{% endfor %}';
/** Together they take longer than the relay's session may say nothing, even when each is tried only once. */
const MANY = Array.from({ length: 16 }, (_, at) => at);

describe('many templates that run away at once', () => {
  let app: TestApp;
  afterEach(() => app.close());

  const relaySession = async (): Promise<number | undefined> => {
    const { rows } = await app.business.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and application_name = 'belfry relay'`,
    );
    return rows[0]?.pid;
  };

  it.each([
    ['each at its first try', `    audience: [everyone]\n    title: "${LOOP}"`],
    ['each within the limit in every one of many templates', `    audience: [${MANY.map((at) => `"user:${SLOW}${at}"`).join(', ')}]\n    title: x`],
    ['only for what rings again', `    audience: [everyone]\n    key: one\n    title: "{% if count > 1 %}${LOOP}{% endif %}x"`],
  ])('do not cost the relay its session, nor anybody else a notification: %s', async (_what, fields) => {
    const rules = [...MANY.map((at) => `bad${at}`).map((name) => [name, fields]), ['well', '    audience: [everyone]\n    title: "{{ row.id }}"']];
    app = await TestApp.start({
      rules: `rules:\n${rules.map(([name = '', rest = '']) => `  - topic: thing.${name}\n    table: public.things\n    on: insert\n${rest}\n`).join('')}`,
      prepare: async (client) => {
        await client.query('create table public.things (id int)');
      },
    });
    const before = await until('a session relays', relaySession);
    await app.business.query('insert into things select g from generate_series(1, 20) g');
    await until('the outbox is empty', async () => (await app.business.query('select from belfry.changes')).rowCount === 0, 50_000);
    const { rows } = await app.business.query(`select array_agg(title::int order by position) as told from belfry.notifications where topic = 'thing.well'`);
    expect(rows).toEqual([{ told: Array.from({ length: 20 }, (_, at) => at + 1) }]);
    expect(await relaySession()).toBe(before);
  });
});
