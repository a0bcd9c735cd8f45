import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { TestApp } from '../support/app.js';
import { createDatabase, serverUrl, type TestDatabase } from '../support/database.js';
import { withClient } from '../support/cluster.js';
import type { Reader } from '../support/reader.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';

let app: TestApp;
let reader: Reader;
let cleanUp: (() => unknown)[];

beforeEach(() => {
  cleanUp = [];
});
afterEach(async () => {
  for (const release of cleanUp.reverse()) await release();
});

async function start(database?: TestDatabase): Promise<void> {
  app = await TestApp.start(database ? { database } : {});
  reader = await app.read('ann', ['staff']);
  cleanUp.push(() => app.close(), () => reader.close());
  await reader.frame('ready');
}

const write = (name: string): Promise<unknown> => app.business.query('insert into public.things (name) values ($1)', [name]);
const titles = (): string[] => reader.notifications.map(({ title }) => title);
const arrival = (name: string): Promise<unknown> => until(`${name} arrives`, () => titles().includes(name));
const parked = async (): Promise<{ reason: string }[]> =>
  (await app.business.query<{ reason: string }>('select reason from belfry.failed_changes')).rows;

/** Asks until the answer is not 200, for connections made before the fault may still serve. */
async function refusal(method = 'GET', path = '/notifications', body?: unknown): Promise<Response> {
  const token = await tokenFor('ann', ['staff']);
  return until(`${method} ${path} is refused`, async () => {
    const response = await fetch(`${app.url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return response.ok ? undefined : response;
  });
}

async function expectUnavailable(response: Response): Promise<void> {
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('2');
  expect(await response.json()).toMatchObject({ type: 'urn:belfry:problem:database-unavailable', status: 503 });
}

/** Ends our sessions in this database, so that what was set for new ones holds. */
const endSessions = (): Promise<unknown> =>
  app.business.query(`
    select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and application_name like 'belfry %'`);

/** Raises a SQLSTATE when a row is written, as PostgreSQL does when it can't. By row, so that a parked change could be written. */
const refuseWrites = (table: string, code: string): Promise<unknown> =>
  app.business.query(`
    create sequence if not exists public.refused;
    create function public.refuse() returns trigger language plpgsql as $$
      begin perform nextval('public.refused'); raise exception 'refused for the test' using errcode = '${code}'; end $$;
    create trigger refuse before insert or update on ${table} for each row execute function public.refuse()`);

describe('what the server refuses for now', () => {
  // could not extend file; out of memory; i/o error; serialization; deadlock; lock timeout; cancelled; starting up.
  it.each(['53100', '53200', '58030', '40001', '40P01', '55P03', '57014', '57P03'])(
    'is tried again by the relay and parks nothing, and answers 503 to a mark: %s',
    async (code) => {
      await start();
      await write('before');
      await arrival('before');
      await refuseWrites('belfry.notifications', code);
      await write('waiting');
      await write('as well');
      // A sequence is not rolled back: it counts what was tried in vain.
      await until('it was tried again and again', async () => {
        const { rows } = await app.business.query<{ tried: boolean }>('select last_value > 2 as tried from public.refused');
        return rows[0]?.tried;
      });
      expect(titles()).toEqual(['before']);
      await app.business.query('drop function public.refuse() cascade');
      await arrival('as well');
      expect(titles()).toEqual(['before', 'waiting', 'as well']);
      expect(await parked()).toEqual([]);

      await refuseWrites('belfry.inboxes', code);
      await expectUnavailable(await refusal('POST', '/notifications/read', { upTo: '1' }));
      await app.business.query('drop function public.refuse() cascade');
      expect((await app.call('ann', ['staff'], 'POST', '/notifications/read', { upTo: '1' })).status).toBe(200);
      expect(reader.dataOf('reset')).toEqual([]);
    },
  );
});

describe('a database that became read-only', () => {
  it('is waited for: the stream stays, marks answer 503, and nothing is lost or doubled', async () => {
    await start();
    await write('before');
    await arrival('before');
    const name = new URL(app.database.url).pathname.slice(1);
    // The business is let write: a business that can't has nothing to be told of.
    await app.business.query(`alter database ${name} set default_transaction_read_only = on`);
    await endSessions();
    await write('waiting');
    await expectUnavailable(await refusal('POST', '/notifications/read', { upTo: '1' }));
    expect((await app.call('ann', ['staff'], 'GET', '/notifications')).status).toBe(200);
    await app.business.query(`alter database ${name} reset default_transaction_read_only`);
    await endSessions();
    await arrival('waiting');
    expect(titles()).toEqual(['before', 'waiting']);
    expect(await parked()).toEqual([]);
    expect(reader.ended).toBe(false);
    expect(reader.dataOf('reset')).toEqual([]);
  });
});

describe('a table that somebody locks', () => {
  it('keeps only what needs it waiting: requests answer 503, and rows arrive once it is free', async () => {
    await start();
    await write('before');
    await arrival('before');
    const name = new URL(app.database.url).pathname.slice(1);
    await app.business.query(`alter database ${name} set lock_timeout = '100ms'`);
    await endSessions();
    const locker = new pg.Client({ connectionString: app.database.url, application_name: 'night job' });
    cleanUp.push(() => locker.end());
    await locker.connect();
    await locker.query('begin; lock table belfry.notifications');
    await write('waiting');
    await expectUnavailable(await refusal());
    expect(titles()).toEqual(['before']);
    await locker.query('commit');
    await arrival('waiting');
    expect(titles()).toEqual(['before', 'waiting']);
    expect(await parked()).toEqual([]);
    expect((await app.call('ann', ['staff'], 'GET', '/notifications')).status).toBe(200);
  });
});

describe('a role that has no connection left', () => {
  it('answers 503, and goes on with all of its sessions afterwards', async () => {
    const database = await createDatabase();
    const role = new URL(database.url).pathname.slice(1).replace('test_', 'role_');
    const asRole = new URL(database.url);
    asRole.username = role;
    asRole.password = 'secret';
    await withClient(database.url, async (client) => {
      await client.query(`create role ${role} login superuser password 'secret'`);
      await client.query('create table public.things (id bigint generated by default as identity primary key, name text, owner text)');
    });
    cleanUp.push(async () => {
      await database.drop();
      await withClient(serverUrl(), (client) => client.query(`drop role ${role}`));
    });
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    cleanUp.push(() => admin.end());
    await start({ url: asRole.href, drop: () => Promise.resolve() });
    // Superusers are exempt from the limit: from here on it is an ordinary role that owns what it works with.
    await admin.query(`grant all on all tables in schema belfry to ${role}; grant all on schema belfry to ${role}`);
    await write('before');
    await arrival('before');
    await admin.query(`alter role ${role} nosuperuser connection limit 0; grant all on public.things to ${role}`);
    await admin.query(`
      select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and application_name like 'belfry %'`);
    await app.business.query(`insert into public.things (name) values ('waiting')`);
    await expectUnavailable(await refusal());
    expect(await (await fetch(`${app.url}/health/live`)).json()).toMatchObject({ status: 'live' });
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(503);
    await admin.query(`alter role ${role} superuser connection limit -1`);
    await arrival('waiting');
    expect(titles()).toEqual(['before', 'waiting']);
    await until('it is ready again', async () => (await fetch(`${app.url}/health/ready`)).ok);
  });
});
