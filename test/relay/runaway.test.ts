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
    expect(rows[0]).toEqual({ topic: 'thing.endless', parked: 400, reasons: [
      expect.stringContaining('its rule has used up its time'), expect.stringContaining('rule "thing.endless", title: template render limit exceeded'),
    ] });
    expect((await told('thing.huge')) + (rows[1]?.parked ?? 0)).toBe(400);
  });
});
