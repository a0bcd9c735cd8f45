import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { TestApp } from '../support/app.js';
import type { Reader } from '../support/reader.js';
import { until } from '../support/until.js';

/** The slow poll looks once a second. */
const SLOW_POLL_MS = 3_000;

let app: TestApp;
let reader: Reader;
beforeEach(async () => {
  app = await TestApp.start();
  reader = await app.read('ann', ['staff']);
  await reader.frame('ready');
});
afterEach(async () => {
  reader.close();
  await app.close();
});

const write = (name: string, client: pg.Client = app.business): Promise<unknown> =>
  client.query('insert into public.things (name) values ($1)', [name]);
const titles = (): string[] => reader.notifications.map(({ title }) => title);
const arrival = (name: string, patienceMs?: number): Promise<unknown> =>
  until(`${name} arrives`, () => titles().includes(name), patienceMs);

async function sessions(): Promise<{ pid: number; name: string }[]> {
  const { rows } = await app.business.query<{ pid: number; name: string }>(
    `select pid, application_name as name from pg_stat_activity where datname = current_database() and application_name like 'belfry %'`,
  );
  return rows;
}

describe('without any notification', () => {
  it('finds rows by the slow poll when the doorbell is dumb', async () => {
    await app.business.query(`create or replace function belfry.ring() returns void language plpgsql as 'begin end'`);
    await write('warm');
    await arrival('warm', SLOW_POLL_MS);
    for (const name of ['one', 'two', 'three']) {
      await write(name);
      await arrival(name, SLOW_POLL_MS);
    }
    expect(titles()).toEqual(['warm', 'one', 'two', 'three']);
  });

  it('finds rows while its listening session is terminated again and again', async () => {
    const names = Array.from({ length: 20 }, (_, number) => `row ${number}`);
    for (const name of names) {
      await app.business.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'belfry listen'`);
      await write(name);
    }
    await arrival('row 19', 5_000);
    expect(titles()).toEqual(names);
    expect(reader.ended).toBe(false);
  });
});

describe('a session that the server terminates', () => {
  it('loses and doubles nothing, whichever it is', async () => {
    const written: string[] = [];
    const names = new Set((await sessions()).map(({ name }) => name));
    expect(names.size).toBeGreaterThan(2);
    for (const name of names) {
      const before = await sessions();
      const pids = before.filter((session) => session.name === name).map(({ pid }) => pid);
      await write(`before ${name}`);
      await app.business.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [pids]);
      await write(`after ${name}`);
      written.push(`before ${name}`, `after ${name}`);
      await arrival(`after ${name}`, 5_000);
    }
    expect(titles()).toEqual(written);
    expect(reader.dataOf('reset')).toEqual([]);
  });

  it('is opened again, so that rows ring once more', async () => {
    await app.business.query(`
      select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'belfry %'`);
    await until('relay and listener are back', async () => {
      const names = (await sessions()).map(({ name }) => name);
      return names.includes('belfry relay') && names.includes('belfry listen');
    });
    await write('mended');
    await arrival('mended', 5_000);
  });
});

describe('a business transaction that stays open', () => {
  it('keeps nothing waiting, and its row arrives after its commit', async () => {
    const late = new pg.Client({ connectionString: app.database.url, application_name: 'business' });
    await late.connect();
    await late.query('begin');
    await write('late', late);
    const names = Array.from({ length: 2_000 }, (_, number) => `row ${number}`);
    for (const name of names) await write(name);
    await arrival('row 1999', 1_500);
    expect(titles()).toEqual(names);
    await late.query('commit');
    await arrival('late', SLOW_POLL_MS);
    expect(titles()).toEqual([...names, 'late']);
    await late.end();
  });
});

describe('a session that keeps the doorbell’s lock', () => {
  it('keeps nobody waiting', async () => {
    const cancelled = new pg.Client({ connectionString: app.database.url, application_name: 'cancelled' });
    await cancelled.connect();
    await cancelled.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1', ['belfry relay']);
    // Whoever waits for the lock lets nobody else have it at once.
    await until('it has the lock', async () => {
      const { rows } = await cancelled.query<{ has: boolean }>('select pg_try_advisory_lock_shared(1650814054, 2) as has');
      return rows[0]?.has;
    });
    for (const name of ['one', 'two', 'three']) {
      await write(name);
      await arrival(name, SLOW_POLL_MS);
    }
    expect(titles()).toEqual(['one', 'two', 'three']);
    await cancelled.end();
  });
});
