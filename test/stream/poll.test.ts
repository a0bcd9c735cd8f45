import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tail } from '../../src/journal/tail.service.js';
import { Hub } from '../../src/stream/hub.service.js';
import { STREAM_LIMITS, type StreamLimits } from '../../src/stream/stream.limits.js';
import { TestApp } from '../support/app.js';
import { Poller, type PollAnswer, titlesOf } from '../support/poll.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';

let app: TestApp;
let hub: Hub;
beforeAll(async () => {
  app = await TestApp.start();
  hub = app.running.app.get(Hub);
});
afterAll(async () => {
  await app.close();
});

const poller = (user = 'ann', roles = ['staff'], cursor?: string): Poller => new Poller(app.url, user, roles, cursor);
/** One that has been told all there is so far. */
async function current(user = 'ann', roles = ['staff']): Promise<Poller> {
  const one = poller(user, roles);
  await one.ask();
  return one;
}
const insert = (...names: string[]): Promise<unknown> => app.business.query('insert into things (name) select unnest($1::text[])', [names]);
/** Does what makes as many entries, and waits until the server has heard of them. */
async function heard(entries: number, act: () => Promise<unknown>): Promise<void> {
  const tail = app.running.app.get(Tail);
  const end = tail.recent.head + BigInt(entries);
  await act();
  await until(`${entries} entries are heard of`, () => tail.recent.head >= end);
}
const events = ({ frames }: PollAnswer): string[] => frames.map(({ event }) => event);
const held = (count: number): Promise<unknown> => until(`${count} polls are held`, () => hub.size === count);
/** Limits for one test. */
async function withLimits(limits: Partial<StreamLimits>, act: () => Promise<void>): Promise<void> {
  const own = app.running.app.get<StreamLimits>(STREAM_LIMITS);
  const before = { ...own };
  Object.assign(own, limits);
  await act().finally(() => Object.assign(own, before));
}

describe('a poll', () => {
  it('gives a first visit its beginning at once, and the cursor to go on from', async () => {
    const ann = poller();
    const answer = await ann.ask({ wait: 55 });
    expect(events(answer)).toEqual(['hello', 'preferences', 'ready']);
    expect(answer.frames[0]?.data).toEqual({ user: 'ann', resumed: false, retryMs: 2_000, heartbeatMs: 20_000 });
    expect(answer.cursor).toBe(answer.frames.at(-1)?.id);
    expect(hub.size).toBe(0);
  });

  it('gives what was missed, as the stream gives it, to whom it concerns', async () => {
    const { cursor } = await current();
    await heard(3, async () => {
      await insert('a kettle', 'a lamp');
      await app.business.query(`update things set owner = 'bob' where name = 'a lamp'`);
    });
    const stream = await app.read('ann', ['staff'], { lastEventId: cursor });
    await stream.frame('ready');
    stream.close();
    const ann = await poller('ann', ['staff'], cursor).ask({ wait: 55 });
    expect(ann.frames).toEqual(stream.frames.slice(0, ann.frames.length).map(({ event, id, data }) => ({ event, id, data })));
    expect(events(ann)).toEqual(['hello', 'preferences', 'notifications', 'ready']);
    expect(ann.frames[0]?.data).toMatchObject({ resumed: true });
    expect(titlesOf(ann.frames)).toEqual(['a kettle', 'a lamp']);
    expect(titlesOf((await poller('bob', ['other'], cursor).ask({ wait: 55 })).frames)).toEqual(['a lamp is yours']);
  });

  it('says reset where the cursor is none of this journal, and goes on from the new one', async () => {
    const ann = poller('ann', ['staff'], 'abcdefabcdef-1');
    const answer = await ann.ask({ wait: 55 });
    expect(answer.frames.slice(0, 2)).toMatchObject([{ event: 'hello', data: { resumed: false } }, { event: 'reset', data: { reason: 'foreign' } }]);
    await heard(1, () => insert('after the reset'));
    expect(titlesOf((await ann.ask({ wait: 55 })).frames)).toEqual(['after the reset']);
  });

  it('waits where nothing was missed, and is woken by a write, whose counts come with it', async () => {
    const ann = await current();
    const answer = ann.ask({ wait: 55 });
    await held(1);
    // Not within the quarter of a second in which counts are not told twice.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await insert('a bell');
    const { frames } = await answer;
    expect(frames.map(({ event }) => event)).toEqual(['hello', 'preferences', 'ready', 'notifications', 'counts']);
    expect(titlesOf(frames)).toEqual(['a bell']);
    await held(0);
  });

  it('hears of the admin’s own marks on another device', async () => {
    const ann = await current();
    const answer = ann.ask({ wait: 55 });
    await held(1);
    await app.call('ann', ['staff'], 'POST', '/notifications/read', { upTo: '9223372036854775807' });
    expect(events(await answer)).toContain('receipts');
    expect((await ann.ask({ wait: 0 })).frames.at(-1)).toMatchObject({ event: 'ready', data: { unread: { count: 0 } } });
  });

  it('answers with its opening alone when the wait is over', async () => {
    const ann = await current();
    const since = performance.now();
    expect(events(await ann.ask({ wait: 1 }))).toEqual(['hello', 'preferences', 'ready']);
    expect(performance.now() - since).toBeGreaterThan(990);
    expect(events(await ann.ask({ wait: 0 }))).toEqual(['hello', 'preferences', 'ready']);
  });

  it('misses nothing from one to the next while others write', async () => {
    const ann = await current();
    const names = Array.from({ length: 120 }, (_, n) => `thing ${n}`);
    const writing = (async () => {
      for (let n = 0; n < names.length; n += 2) await insert(...names.slice(n, n + 2));
    })();
    while (!ann.titles.includes('thing 119')) await ann.ask({ wait: 55 });
    await writing;
    expect(ann.titles).toEqual(names);
    expect(ann.answers.length).toBeGreaterThan(1);
  });

  it('gives who is far behind an answer of bounded size at a time', async () => {
    const ann = await current();
    await heard(1_500, () => app.business.query(`insert into things (name) select repeat('x', 180) || n from generate_series(1, 1500) n`));
    const names = Array.from({ length: 1_500 }, (_, n) => `${'x'.repeat(180)}${n + 1}`);
    const anns = poller('ann', ['staff'], ann.cursor);
    while (anns.titles.length < 1_500) await anns.ask({ wait: 55 });
    expect(anns.titles).toEqual(names);
    expect(anns.answers.length).toBeGreaterThan(2);
    for (const answer of anns.answers) expect(JSON.stringify(answer).length).toBeLessThan(500_000);
    expect(anns.answers.slice(0, -1).flatMap(events)).not.toContain('ready');
  });

  it('brings up the cursor of an admin whom nothing concerns', async () => {
    const bob = await current('bob', ['other']);
    await heard(6, () => insert(...Array.from({ length: 6 }, (_, n) => `for staff ${n}`)));
    await withLimits({ idleLag: 5n }, async () => {
      const head = (await current()).cursor;
      expect(bob.cursor).not.toBe(head);
      await bob.ask({ wait: 0 });
      expect(bob.cursor).toBe(head);
    });
  });

  it('lets go of everything when the one who asked goes', async () => {
    const ann = await current();
    const leaving = new AbortController();
    const answer = ann.ask({ wait: 55, signal: leaving.signal });
    await held(1);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await held(0);
  });

  it('has metrics for whom they are for', async () => {
    await withLimits({ metricsEveryMs: 50 }, async () => {
      const head = (await current('olga', ['ops'])).cursor ?? '';
      const response = await ask('olga', ['ops'], `last_event_id=${head}&metrics=1`);
      expect(events((await response.json()) as PollAnswer)).toContain('metrics');
    });
    expect((await ask('ann', ['staff'], 'metrics=1')).status).toBe(403);
  });

  it('displaces no stream, and of too many polls the oldest', async () => {
    await withLimits({ perAdmin: 2 }, async () => {
      const streams = [await app.read('ann', ['staff']), await app.read('ann', ['staff'])];
      for (const stream of streams) await stream.frame('ready');
      const first = (await current()).ask({ wait: 55 });
      await held(3);
      const others = [(await current()).ask({ wait: 55 })];
      // Its turn to open comes third, and makes the first go.
      others.push((await current()).ask({ wait: 55 }));
      expect((await first).frames.at(-1)).toMatchObject({ event: 'goodbye', data: { reason: 'displaced', reconnectInMs: 30_000 } });
      for (const stream of streams) expect(stream.ended).toBe(false);
      await insert('an end to it');
      for (const answer of await Promise.all(others)) expect(titlesOf(answer.frames)).toEqual(['an end to it']);
      for (const stream of streams) stream.close();
      await held(0);
    });
  });

  it('ends with its token, and opens with none that has ended', async () => {
    const { cursor } = await current();
    const brief = await tokenFor('ann', ['staff'], 2);
    const goodbye = { event: 'goodbye', id: cursor, data: { reason: 'token', reconnectInMs: 1_000 } };
    const answer = (await (await ask(brief, [], `last_event_id=${cursor}&wait=55`)).json()) as PollAnswer;
    expect(answer.frames.at(-1)).toEqual(goodbye);
    const ended = await tokenFor('ann', ['staff'], -2);
    expect(await (await ask(ended, [], `last_event_id=${cursor}&wait=55`)).json()).toEqual({ frames: [goodbye], cursor });
  });

  it.each([
    ['wait=56', /a whole number of seconds from 0 to 55/],
    ['wait=-1', /a whole number of seconds from 0 to 55/],
    ['wait=1.5', /a whole number of seconds from 0 to 55/],
    ['wait=', /a whole number of seconds from 0 to 55/],
    ['last_event_id=%20', /1 to 64 characters/],
    ['cursor=1', /cursor/],
  ])('refuses %s in words', async (query, words) => {
    const response = await ask('ann', ['staff'], query);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(words);
  });

  it('is for those who are signed in', async () => {
    expect((await fetch(`${app.url}/v1/stream/poll`)).status).toBe(401);
  });

  it('says 503 where it can’t be served, and is served again when it can', async () => {
    await app.business.query('alter table belfry.receipts rename to away');
    const response = await ask('zoe', ['staff'], '');
    await app.business.query('alter table belfry.away rename to receipts');
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(events(await poller('zoe').ask())).toEqual(['hello', 'preferences', 'ready']);
  });

  it('sends everybody on from a process on its way out', async () => {
    const ann = await current();
    const { cursor } = ann;
    const waiting = ann.ask({ wait: 55 });
    await held(1);
    await hub.onModuleDestroy();
    const goodbye = { event: 'goodbye', id: cursor, data: { reason: 'drain', reconnectInMs: expect.any(Number) } };
    expect((await waiting).frames.at(-1)).toEqual(goodbye);
    expect(await poller('ann', ['staff'], cursor).ask({ wait: 55 })).toEqual({ frames: [goodbye], cursor });
    expect(events(await poller('bob').ask({ wait: 55 }))).toEqual(['hello', 'goodbye']);
  });
});

describe('an admin who polls in a loop', () => {
  it('is stopped as with any other request, and told when to come back', async () => {
    const strict = await TestApp.start({ env: { BELFRY_LIMIT_REQUESTS: '1/min burst 2' } });
    try {
      const token = await tokenFor('ann', ['staff']);
      const get = (): Promise<Response> => fetch(`${strict.url}/v1/stream/poll?wait=0`, { headers: { authorization: `Bearer ${token}` } });
      expect([(await get()).status, (await get()).status]).toEqual([200, 200]);
      const refused = await get();
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await strict.close();
    }
  });
});

/** @param user or a token */
async function ask(user: string, roles: string[], query: string): Promise<Response> {
  const token = user.includes('.') ? user : await tokenFor(user, roles);
  return fetch(`${app.url}/v1/stream/poll?${query}`, { headers: { authorization: `Bearer ${token}` } });
}
