import { afterEach, describe, expect, it } from '@jest/globals';
import { Purge } from '../../src/retention/purge.service.js';
import { TestApp } from '../support/app.js';
import { Reader } from '../support/reader.js';
import { ServerProcess } from '../support/server.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';

const RULES = `
rules:
  - topic: thing.created
    table: public.things
    on: insert
    audience: [role:staff]
    title: "{{ row.id }}"
    body: "{{ row.name }}"
`;
const STAFF = ['staff'];

describe('a purge that overtakes', () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });
  const startApp = async (keptRows: number): Promise<TestApp> => {
    const prepare = async (client: { query(text: string): Promise<unknown> }): Promise<void> => {
      await client.query('create table public.things (id bigint generated always as identity primary key, name text)');
    };
    const app = await TestApp.start({ rules: RULES, prepare, env: { BELFRY_KEEP_JOURNAL: `1d,${keptRows}` } });
    open.push(app);
    return app;
  };
  const make = async (app: TestApp, count: number, length: number): Promise<void> => {
    await app.business.query(`insert into things (name) select repeat('x', $2::int) from generate_series(1, $1::int)`, [count, length]);
  };
  const head = async (app: TestApp): Promise<number> => {
    const { rows } = await app.business.query<{ head: number }>('select position::int as head from belfry.relay_state');
    return rows[0]?.head ?? 0;
  };
  const purge = (app: TestApp): Promise<boolean> => until('it is our turn to purge', () => app.running.app.get(Purge).purge());

  it('a reader in the middle of its replay has it said: no hole, and nothing twice', async () => {
    const app = await startApp(100);
    const first = await app.read('ann', STAFF);
    open.push(first);
    const { id: start } = await first.frame('ready');
    // More than the process holds in memory, by more than the sockets between the two hold.
    await make(app, 16_000, 1_900);
    await until('all are written', async () => (await head(app)) === 16_000, 60_000);

    const slow = await app.read('ann', STAFF, { lastEventId: start });
    open.push(slow);
    slow.pause();
    await purge(app);
    slow.resume();
    await slow.frame('reset');
    await slow.frame('ready');
    expect(slow.dataOf('reset')).toEqual([{ reason: 'purged' }]);
    const given = slow.notifications.map(({ id }) => Number(id));
    const { length } = given;
    expect(given).toEqual(Array.from({ length }, (_, index) => index + 1));
    expect(length).toBeLessThan(6_000);
    expect(slow.frames.find(({ event }) => event === 'reset')?.id).toMatch(/-16000$/);
    await make(app, 1, 1);
    await until('what comes after is given', () => slow.notifications.at(-1)?.id === '16001');
    // Who kept up has missed nothing.
    await until('the other has all', () => first.notifications.length === 16_001);
    expect(first.dataOf('reset')).toEqual([]);
  });

  it('a process that stood still meanwhile has every stream of its own start anew', async () => {
    const app = await startApp(5);
    const other = await ServerProcess.start({ databaseUrl: app.database.url, rules: RULES, env: { BELFRY_KEEP_JOURNAL: '1d,5' } });
    open.push({ close: () => other.remove() });
    const reader = await Reader.open(other.url, { token: await tokenFor('ann', STAFF) });
    const quiet = await Reader.open(other.url, { token: await tokenFor('eve', ['none']) });
    open.push(reader, quiet);
    await reader.frame('ready');
    await quiet.frame('ready');
    other.signal('SIGSTOP');
    await make(app, 50, 1);
    await until('all are written', async () => (await head(app)) === 50);
    await purge(app);
    other.signal('SIGCONT');
    for (const one of [reader, quiet]) expect((await one.frame('reset')).data).toEqual({ reason: 'purged' });
    await make(app, 1, 1);
    await until('what comes after is given', () => reader.notifications.length === 1);
    expect(reader.notifications.map(({ id }) => id)).toEqual(['51']);
  });

  it('nobody, when it is killed halfway: the next one ends what it began', async () => {
    const app = await startApp(1_000);
    await make(app, 9_000, 1);
    await until('all are written', async () => (await head(app)) === 9_000);
    const done = app.running.app.get(Purge).purge();
    const left = async (): Promise<number> => {
      const { rows } = await app.business.query<{ left: number }>('select count(*)::int as left from belfry.journal');
      return rows[0]?.left ?? 0;
    };
    await until('it has begun to delete', async () => (await left()) < 9_000);
    await app.business.query(`
      select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'belfry purge' and datname = current_database()`);
    await done.catch(() => undefined);
    const { rows } = await app.business.query('select journal_purged_up_to::int as floor from belfry.retention');
    expect(rows).toEqual([{ floor: 8_000 }]);
    await purge(app);
    expect(await left()).toBe(1_000);
  });
});
