import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { Hub } from '../../src/stream/hub.service.js';
import { STREAM_LIMITS, type StreamLimits } from '../../src/stream/stream.limits.js';
import { TestApp } from '../support/app.js';
import { SwallowingProxy } from '../support/swallowing-proxy.js';
import { until } from '../support/until.js';
import { BellPage } from './bell-page.js';
import { launchBrowser } from './chromium.js';
import { buildClient, root } from './office.js';

const STREAM = '/v1/stream';
const POLL = '/v1/stream/poll';
/** What a stream is given to its first frame here, and how often it is tried again. Unit: ms. */
const TIMES = { helloWithinMs: 1_000, streamAgainMs: 300_000 };

/** A client in a page, with a stream of its own whose times are shorter than users'. */
const CLIENT = `
import { BelfryClient } from './core/client.js';
import { EventStream } from './core/stream.js';
const token = window.token && (() => window.token);
const client = new BelfryClient({
  baseUrl: location.origin,
  ...(token && { token }),
  source: (handlers) => new EventStream(location.origin + '/v1/stream', false, handlers, token, window.times),
});
const said = { statuses: [], arrived: [] };
client.subscribe((event) => {
  if (event.type === 'status') said.statuses.push(client.snapshot.mode + ' ' + event.status);
  if (event.type === 'arrived') said.arrived.push(...event.notifications.map(({ title }) => title));
});
client.connect();
window.seen = () => {
  const { mode, status, items, counts, loaded } = client.snapshot;
  return { ...said, mode, status, loaded, unread: counts?.unread.count, titles: items.map(({ title }) => title).reverse() };
};`;

interface Seen {
  mode: 'stream' | 'poll';
  status: string;
  loaded: boolean;
  /** Each with the mode at that time. */
  statuses: string[];
  /** Told as news, in order. */
  arrived: string[];
  unread: number;
  /** Oldest first. */
  titles: string[];
}

const browser = await launchBrowser();

(browser ? describe : describe.skip)('where a proxy lets no stream through', () => {
  let app: TestApp;
  let proxy: SwallowingProxy;
  let script: string;
  beforeAll(async () => {
    await buildClient();
    app = await TestApp.start({ sample: true });
    const stdin = { contents: CLIENT, resolveDir: `${root}/client` };
    const { outputFiles } = await build({ stdin, absWorkingDir: root, bundle: true, format: 'iife', target: 'chrome123', write: false, logLevel: 'error' });
    script = outputFiles[0]?.text ?? '';
  });
  beforeEach(async () => {
    proxy = await SwallowingProxy.start(Number(new URL(app.url).port));
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
    await proxy.close();
  });
  afterAll(async () => {
    await browser?.close();
    await app.close();
  });

  const write = (...subjects: string[]): Promise<unknown> =>
    app.business.query('insert into tickets (subject) select s from unnest($1::text[]) with ordinality as t (s, n) order by n', [subjects]);
  const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${name} ${n + 1}`);

  /** A page with nothing but a client in it. */
  async function follow({ times = TIMES, byToken = false } = {}): Promise<() => Promise<Seen>> {
    if (!browser) throw new Error('skipped without a browser');
    const context = await browser.newContext();
    const answer = await context.request.post(`${proxy.url}/sample/sign-in`, { data: { user: 'sam' }, headers: { origin: proxy.url } });
    const { token } = (await answer.json()) as { token: string };
    if (byToken) await context.clearCookies();
    const page = await context.newPage();
    await page.route('**/empty', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>empty</title>' }));
    await page.goto(`${proxy.url}/empty`);
    await page.evaluate(`Object.assign(window, ${JSON.stringify({ times, ...(byToken && { token }) })}); ${script}`);
    return () => page.evaluate(() => (window as unknown as { seen: () => Seen }).seen());
  }
  const live = (seen: () => Promise<Seen>, by: Seen['mode']): Promise<Seen> =>
    until(`it is live by ${by}`, async () => {
      const now = await seen();
      return now.status === 'live' && now.mode === by && now.loaded ? now : undefined;
    }, 60_000);
  const shows = (seen: () => Promise<Seen>, title: string): Promise<Seen> =>
    until(`"${title}" is there`, async () => {
      const now = await seen();
      return now.titles.includes(title) ? now : undefined;
    });

  const modeOf = ({ page }: BellPage): Promise<string | undefined> =>
    page.evaluate(() => (document.querySelector('belfry-bell') as unknown as { client?: { snapshot: Seen } }).client?.snapshot.mode);

  it('the bell goes over to polls, for all its tabs, and back to a stream where one comes through, and misses nothing', async () => {
    if (!browser) throw new Error('skipped without a browser');
    proxy.swallows = undefined;
    const first = await BellPage.signIn(browser, proxy, 'sam');
    const since = proxy.asked.length;
    proxy.swallows = 'all';
    proxy.cut();
    await until('it polls', () => proxy.askedFor(POLL).some(({ searchParams }) => searchParams.get('wait') === '25'), 60_000);
    expect(proxy.askedFor(STREAM, since).length).toBe(2);
    const tabs = [first, await BellPage.open(first.page.context(), proxy)];
    for (const tab of tabs) await tab.becomes('live');
    for (const tab of tabs) {
      await tab.open();
      expect(await modeOf(tab)).toBe('poll');
    }
    const polled = numbered('polled', 8);
    for (const subject of polled) await write(subject);
    // Also what comes between two polls is news.
    for (const tab of tabs) await until('all of it is told', async () => (await tab.heard()).length >= 8);
    for (const tab of tabs) expect(await tab.heard()).toEqual(polled);
    expect(app.running.app.get(Hub).size).toBeLessThanOrEqual(1);

    proxy.swallows = undefined;
    const away = numbered('meanwhile', 8);
    for (const [n, subject] of away.entries()) {
      if (n === 2) for (const { page } of tabs) await page.evaluate(() => window.dispatchEvent(new Event('online')));
      await write(subject);
    }
    await until('there is a stream', () => proxy.streams === 1);
    for (const tab of tabs) await tab.becomes('live');
    await write('streamed');
    for (const tab of tabs) {
      await until('it is told', async () => (await tab.heard()).includes('streamed'));
      expect(await modeOf(tab)).toBe('stream');
      expect((await tab.titles()).slice(0, 17).reverse()).toEqual([...polled, ...away, 'streamed']);
    }
    // The stream alone.
    await until('no poll is held', () => app.running.app.get(Hub).size === 1);
    expect(proxy.streams).toBe(1);
  }, 120_000);

  it.each([
    { swallows: 'all' as const, byToken: false },
    { swallows: 'bodies' as const, byToken: true },
  ])('a client goes over, tells all as news, and goes back by itself in time: %j', async ({ swallows, byToken }) => {
    proxy.swallows = swallows;
    const name = `by ${byToken ? 'token' : 'cookie'}`;
    const seen = await follow({ byToken, times: { ...TIMES, streamAgainMs: 2_000 } });
    const before = await live(seen, 'poll');
    expect(before.statuses).toEqual(['stream connecting', 'poll live']);
    const news = numbered(name, 40);
    for (const subject of news) await write(subject);
    const told = await shows(seen, `${name} 40`);
    expect(told.arrived).toEqual(news);
    expect(told.statuses).toEqual(before.statuses);
    await until('the badge is right', async () => (await seen()).unread === before.unread + 40);

    proxy.swallows = undefined;
    const later = numbered(`${name} later`, 60);
    for (const subject of later) {
      await write(subject);
      if ((await seen()).mode === 'poll') await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await live(seen, 'stream');
    await write(`${name} last`);
    const { titles } = await shows(seen, `${name} last`);
    expect(titles.slice(-101)).toEqual([...news, ...later, `${name} last`]);
    const polls = proxy.askedFor(POLL).length;
    await write(`${name} very last`);
    await shows(seen, `${name} very last`);
    expect(proxy.askedFor(POLL).length).toBe(polls);
  });

  it.each([false, true])('goes over where the beginning of a stream comes through and no more, and comes back for a whole one alone (by token: %j)', async (byToken) => {
    const limits = app.running.app.get<StreamLimits>(STREAM_LIMITS);
    const { heartbeatMs } = limits;
    limits.heartbeatMs = 1_000;
    try {
      proxy.swallows = 'after hello';
      const seen = await follow({ byToken, times: { ...TIMES, streamAgainMs: 500 } });
      const { statuses } = await live(seen, 'poll');
      const { swallowed } = proxy;
      await until('three more streams began', () => proxy.swallowed >= swallowed + 3);
      expect((await seen()).statuses).toEqual(statuses);
      proxy.swallows = undefined;
      await live(seen, 'stream');
    } finally {
      limits.heartbeatMs = heartbeatMs;
    }
  });

  it('takes a stream that is refused for no stream that is swallowed', async () => {
    proxy.swallows = 'refuses';
    const seen = await follow();
    await until('it was refused three times', () => proxy.askedFor(STREAM).length >= 3);
    expect(proxy.askedFor(POLL)).toEqual([]);
    proxy.swallows = undefined;
    await live(seen, 'stream');
  });

  it('asks an older server, which knows of no polls, once', async () => {
    proxy.own.set(POLL, { status: 404 });
    const seen = await follow();
    await until('it has asked', () => proxy.askedFor(POLL).length === 1);
    const since = proxy.asked.length;
    const { swallowed } = proxy;
    await until('two more in a row were swallowed', () => proxy.swallowed >= swallowed + 2);
    proxy.swallows = undefined;
    await live(seen, 'stream');
    expect(proxy.askedFor(POLL, since)).toEqual([]);
  });

  it('stays with streams where polls don’t come through either, and comes back no sooner than it is told', async () => {
    proxy.own.set(POLL, { status: 429, headers: { 'retry-after': '3' } });
    const seen = await follow();
    await until('it has asked', () => proxy.askedFor(POLL).length === 1);
    const since = performance.now();
    const before = proxy.asked.length;
    const next = await until('it asks again', () => proxy.asked.slice(before).find(({ pathname }) => pathname.startsWith(STREAM)));
    expect(performance.now() - since).toBeGreaterThan(2_900);
    expect(next.pathname).toBe(STREAM);
    proxy.own.clear();
    await live(seen, 'poll');
    // The sign-in's end is heard of by a poll as well.
    await browser?.contexts()[0]?.clearCookies();
    await write('for nobody');
    await until('it is signed out', async () => (await seen()).status === 'signed-out');
  });

  it('asks for less of a wait where the proxy gives up on an answer', async () => {
    proxy.patienceMs = 4_000;
    const seen = await follow();
    await until('it asks for less', () => proxy.askedFor(POLL).some(({ searchParams }) => Number(searchParams.get('wait')) === 3));
    await live(seen, 'poll');
    await until('a shorter one was answered', () => proxy.askedFor(POLL).filter(({ searchParams }) => searchParams.get('wait') === '3').length >= 2);
    await write('in short');
    expect((await shows(seen, 'in short')).arrived).toEqual(['in short']);
  });
});
