import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';
import { until } from '../support/until.js';

/** Looks at a session, and how often it may have been found to have asked something new: it asks once a second. */
const LOOKS = 20;
const MOST = 10;

let leading: TestApp;
let standby: TestApp;
beforeEach(async () => {
  leading = await TestApp.start();
  standby = await TestApp.start({ database: leading.database });
});
afterEach(async () => {
  await standby.close();
  await leading.close();
});

describe('a relay that stands by', () => {
  it('is not kept busy by rings that are for the one who leads', async () => {
    const reader = await standby.read('ann', ['staff']);
    await reader.frame('ready');
    for (const name of ['one', 'two']) {
      await leading.business.query('insert into public.things (name) values ($1)', [name]);
      await until(`${name} arrives`, () => reader.notifications.some(({ title }) => title === name));
    }
    const asked = new Set<string>();
    for (let look = 0; look < LOOKS; look++) {
      const { rows } = await leading.business.query<{ pid: number; at: string }>(`
        select pid, query_start::text as at from pg_stat_activity
         where datname = current_database() and application_name = 'belfry relay'
           and pid not in (select pid from pg_locks where locktype = 'advisory' and granted)`);
      for (const { pid, at } of rows) asked.add(`${pid} ${at}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(asked.size).toBeGreaterThan(0);
    expect(asked.size).toBeLessThan(MOST);
    reader.close();
  });
});
