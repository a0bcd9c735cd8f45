import { afterEach, describe, expect, it } from '@jest/globals';
import { Hub } from '../../src/stream/hub.service.js';
import { TestApp } from '../support/app.js';
import { OwnPostgres } from '../support/postgres.js';
import type { Reader } from '../support/reader.js';
import { SilentProxy } from '../support/silent-proxy.js';
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

  it('else ends cleanly before it has given anything, as what is muted is not known, so that its reader comes back', async () => {
    const { app, postgres } = await start();
    const { cursor } = await visit(app, postgres);
    await postgres.crash();
    const bob = await app.read('bob', ['staff'], { lastEventId: cursor });
    await bob.end();
    expect(bob.frames.map(({ event }) => event)).toEqual(['hello']);
    expect(bob.endedWhole).toBe(true);
    await postgres.restart();
    await until('he is served', async () => {
      const again = await app.read('bob', ['staff'], { lastEventId: bob.lastEventId });
      await until('it is ready, or over', () => again.ended || again.dataOf('ready').length > 0);
      again.close();
      return again.dataOf('ready').length > 0 && again.notifications.length === 1;
    });
  });

  it('is kept alive while the database says nothing at all, and ends when it has not for long', async () => {
    const { app, postgres, proxy } = await start();
    await visit(app, postgres);
    proxy.fallSilent();
    const bob = await app.read('bob', ['staff']);
    await bob.frame('hello');
    await until('comments come', () => bob.comments.length >= 3);
    await until('it ends', () => bob.ended, 60_000);
    expect(bob.frames.map(({ event }) => event)).toEqual(['hello']);
    expect(bob.endedWhole).toBe(true);
  }, 120_000);
});
