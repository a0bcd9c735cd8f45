import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Tail } from '../../src/journal/tail.service.js';
import { Hub } from '../../src/stream/hub.service.js';
import { TestApp } from '../support/app.js';
import { createDatabase } from '../support/database.js';
import { Poller } from '../support/poll.js';
import { OwnPostgres } from '../support/postgres.js';
import type { Reader } from '../support/reader.js';
import { SilentProxy } from '../support/silent-proxy.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';

describe('a stream that is opened while the database is away', () => {
  let closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
    closing = [];
  });
  const start = async (): Promise<{ app: TestApp; postgres: OwnPostgres; proxy: SilentProxy }> => {
    const postgres = await OwnPostgres.start();
    closing.push(() => postgres.remove());
    const proxy = await SilentProxy.start(postgres.port);
    closing.push(() => proxy.close());
    const setUp = await postgres.connect();
    await setUp.query('create table things (id bigint generated always as identity primary key, name text, owner text, state text)');
    await setUp.end();
    const url = `postgresql://postgres@127.0.0.1:${proxy.port}/postgres`;
    const app = await TestApp.start({ database: { url, drop: () => Promise.resolve() }, limits: { heartbeatMs: 200 } });
    closing.push(() => app.close());
    return { app, postgres, proxy };
  };
  const insert = async (postgres: OwnPostgres, name: string): Promise<void> => {
    const business = await postgres.connect();
    await business.query('insert into things (name) values ($1)', [name]);
    await business.end();
  };
  /** Ann was here before, so her counts are known; Bob was not. */
  const visit = async (app: TestApp, postgres: OwnPostgres): Promise<{ ann: Reader; cursor: string | undefined }> => {
    const ann = await app.read('ann', ['staff']);
    const { id } = await ann.frame('ready');
    await insert(postgres, 'missed');
    await ann.frame('counts');
    ann.close();
    await until('she is gone', () => app.running.app.get(Hub).size === 0);
    return { ann, cursor: id };
  };

  it('is a whole one where memory can serve it, counts included', async () => {
    const { app, postgres } = await start();
    const { cursor } = await visit(app, postgres);
    await postgres.crash();
    const again = await app.read('ann', ['staff'], { lastEventId: cursor });
    const { data } = await again.frame('ready');
    expect(again.notifications.map(({ title }) => title)).toEqual(['missed']);
    expect(data).toMatchObject({ unread: { count: 1 } });
    again.close();
  });

  it('else is greeted and kept, and served as soon as the database is back, without what is muted', async () => {
    const { app, postgres } = await start();
    const answered = jest.spyOn(app.running.app.get(Hub).waitingRoom, 'answered');
    const business = await postgres.connect();
    await business.query(`insert into belfry.preferences (user_id, preferences) values ('bob', '{"mutedTopics": ["thing.given"]}')`);
    const { cursor } = await visit(app, postgres);
    await business.query(`update things set owner = 'bob'`);
    await until('that is told', async () => (await business.query('select from belfry.journal')).rowCount === 2);
    await business.end();
    await postgres.crash();
    const before = await Promise.all(['bob', 'cid', 'dora'].map((user) => app.read(user, ['staff'], { lastEventId: cursor })));
    await until('signs of life come', () => before.every(({ comments }) => comments.length >= 6));
    for (const reader of before) expect([reader.frames.map(({ event }) => event), reader.ended]).toEqual([['hello'], false]);
    expect(answered).not.toHaveBeenCalled();
    await postgres.restart();
    for (const reader of before) {
      await reader.frame('ready');
      expect(reader.frames.map(({ event }) => event)).toEqual(['hello', 'preferences', 'notifications', 'ready']);
      expect(reader.notifications.map(({ title }) => title)).toEqual(['missed']);
    }
    await insert(postgres, 'live');
    for (const reader of before) {
      await until('it is live', () => reader.notifications.at(-1)?.title === 'live');
      reader.close();
    }
    // Whoever was first has sent the others.
    expect(answered).toHaveBeenCalled();
  });

  it('is kept before its greeting where only the journal can tell what its cursor is', async () => {
    const { app, postgres } = await start();
    const { cursor } = await visit(app, postgres);
    await postgres.crash();
    await until('that is known', () => app.running.app.get(Tail).trouble !== undefined);
    const bob = await app.read('bob', ['staff'], { lastEventId: `${cursor?.split('-')[0]}-1000` });
    await until('signs of life come', () => bob.comments.length >= 3);
    expect([bob.frames, bob.ended]).toEqual([[], false]);
    await postgres.restart();
    await bob.frame('ready');
    expect(bob.frames.map(({ event }) => event)).toEqual(['hello', 'reset', 'preferences', 'ready']);
    bob.close();
  });

  it('is answered with 503 at once where it is a poll, which asks again', async () => {
    const { app, postgres } = await start();
    const { cursor } = await visit(app, postgres);
    await postgres.crash();
    const bob = new Poller(app.url, 'bob', ['staff'], cursor);
    const ask = async (): Promise<Response> =>
      fetch(`${app.url}/v1/stream/poll?last_event_id=${cursor}&wait=55`, { headers: { authorization: `Bearer ${await tokenFor('bob', ['staff'])}` } });
    const refused = await ask();
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('cache-control')]).toEqual([503, '2', 'no-store']);
    expect(await refused.json()).toMatchObject({ type: 'urn:belfry:problem:stream-unavailable' });
    await postgres.restart();
    await until('it is answered', () => bob.ask().catch(() => undefined));
    expect(bob.titles).toEqual(['missed']);
  });

  it('is kept while the database says nothing at all, however long', async () => {
    const { app, postgres, proxy } = await start();
    const { cursor } = await visit(app, postgres);
    const failures = jest.spyOn(app.running.app.get(Hub), 'noteFailure');
    proxy.fallSilent();
    const bob = await app.read('bob', ['staff'], { lastEventId: cursor });
    await bob.frame('hello');
    await until('a question is given up', () => failures.mock.calls.length > 0, 60_000);
    const { length } = bob.comments;
    await until('signs of life come', () => bob.comments.length >= length + 3);
    expect([bob.frames.map(({ event }) => event), bob.ended]).toEqual([['hello'], false]);
    proxy.speak();
    await until('he is served', () => bob.dataOf('ready').length > 0, 60_000);
    expect(bob.notifications.map(({ title }) => title)).toEqual(['missed']);
    bob.close();
  }, 120_000);
});

describe('a live stream whose counts the database does not tell', () => {
  it('goes on, and is told them as soon as it does', async () => {
    const database = await createDatabase();
    let proxy = await SilentProxy.start(Number(new URL(database.url).port));
    const { port } = proxy;
    // Requests, and counts with them, go by the proxy; the relay and the tail do not.
    const url = new URL(database.url);
    url.port = String(port);
    const app = await TestApp.start({ rules: 'rules: []', database, addresses: { url: url.href }, limits: { heartbeatMs: 200 } });
    const failures = jest.spyOn(app.running.app.get(Hub), 'noteFailure');
    const ann = await app.read('ann', ['staff']);
    await ann.frame('ready');
    await app.business.query(`select belfry.publish('job.failed', array['role:staff'], 'it failed', key => 'one')`);
    await ann.frame('counts');
    await proxy.close();
    await app.business.query(`select belfry.resolve('job.failed', 'one')`);
    await until('that is told', () => ann.notifications.length === 2);
    await until('counting has failed', () => failures.mock.calls.length > 0);
    const { length } = ann.comments;
    await until('signs of life come', () => ann.comments.length >= length + 3);
    expect(ann.dataOf('counts').at(-1)).toMatchObject({ unread: { count: 1 } });
    proxy = await SilentProxy.start(Number(new URL(database.url).port), port);
    await ann.frame('counts', ({ unread }: { unread: { count: number } }) => unread.count === 0);
    expect(ann.ended).toBe(false);
    ann.close();
    await app.close();
    await proxy.close();
    await database.drop();
  });
});
