import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { launchBrowser } from '../../test/browser/chromium.js';
import type { Bench } from '../bench.js';
import { compare, type Figure, median, percentile } from '../figures.js';
import { fillInbox } from './inbox.js';
import { BARE_PAGE, BELL_PAGE, WATCH } from './pages.js';

/** Notifications that the bell holds, where no other size is asked for. */
const HELD = 10_000;
/** Counts come at most 4 times a second. Unit: ms. */
const RING_EVERY_MS = 270;
/** Unit: CSS pixels an animation frame. */
const SCROLL_PX = 600;
const JUMPS = 40;
/** From the frame received to the number painted. Unit: animation frames. */
const NEED_FRAMES = 2;
const NEED_LONGEST_MS = 50;

/** What was found of a page in one turn. Unit: ms. */
interface Turn {
  /** Between two animation frames, while nothing happens. */
  frame: number;
  badge: number[];
  row: number[];
  scroll: number[];
  jump: number[];
  /** CPU time of the page's main thread for each frame while it is scrolled. */
  scrollCpu: number;
}

/** A bell that holds 10,000 notifications: how soon what comes is on the screen, and how it scrolls. */
export const benchBell: Bench = async (context) => {
  const { quick, log, atEnd, size: held = HELD } = context;
  const browser = await launchBrowser(process.cwd());
  if (!browser) throw new Error('found no browser, expected one: name it with BELFRY_TEST_BROWSER');
  atEnd(() => browser.close());
  const { url, token, ring } = await fillInbox(context, held);
  const pages = await browser.newContext();
  await pages.addCookies([{ name: 'belfry_token', value: token, url }]);
  const bare = await open(pages, url, BARE_PAGE);
  await bare.evaluate(`fill(${held})`);
  const bell = await open(pages, url, BELL_PAGE);
  await bell.locator('belfry-bell [part=button].live').waitFor();
  log(`the bell holds ${await bell.evaluate<number>('fill()')}`);
  await bell.evaluate('bell.disconnect()');

  const measure = async (name: string, page: Page, list: string, body?: string): Promise<Turn> => {
    const turn = await takeTurn(page, { ring, times: quick ? 25 : 100, frames: quick ? 250 : 2_000, list, body });
    log(`${name}: ${described(turn)}`);
    return turn;
  };
  const rounds: { closed: Turn; opened: Turn; bare: Turn }[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    await bare.bringToFront();
    await bare.evaluate('connect()');
    const ofBare = await measure('bare page', bare, '#list', '#list');
    await bare.evaluate('source.close()');
    await bell.bringToFront();
    await bell.evaluate('bell.reconnect()');
    await bell.locator('belfry-bell [part=button].live').waitFor();
    const closed = await measure('bell, closed', bell, '[part=list]');
    await bell.evaluate('bell.open()');
    await bell.locator('belfry-bell .row').first().waitFor();
    const opened = await measure('bell, open', bell, '[part=list]', '[part=body]');
    await bell.evaluate('bell.close(), bell.disconnect()');
    rounds.push({ closed, opened, bare: ofBare });
  }
  return toFigures(rounds, held);
};

function toFigures(rounds: readonly { closed: Turn; opened: Turn; bare: Turn }[], held: number): Figure[] {
  const name = (what: string): string => `bell, ${held} held, ${what}`;
  const frames = { of: 'ratio', atMost: NEED_FRAMES } as const;
  const longest = { of: 'value', atMost: NEED_LONGEST_MS } as const;
  const max = (times: readonly number[]): number => Math.max(...times);
  return [
    compare(name('frame to badge, p95'), 'ms', rounds.map(({ closed }) => ({ value: p(closed.badge, 0.95), baseline: closed.frame })), 'an animation frame', frames),
    compare(name('frame to badge, list open, p95'), 'ms', rounds.map(({ opened }) => ({ value: p(opened.badge, 0.95), baseline: opened.frame })), 'an animation frame', frames),
    compare(name('frame to badge, p95, to textContent'), 'ms',
      rounds.map(({ closed, bare }) => ({ value: p(closed.badge, 0.95), baseline: p(bare.badge, 0.95) })), 'textContent set on a frame'),
    compare(name('frame to row, list open, p95, to a plain row'), 'ms',
      rounds.map(({ opened, bare }) => ({ value: p(opened.row, 0.95), baseline: p(bare.row, 0.95) })), 'a plain row'),
    compare(name('scrolled through, longest frame'), 'ms', rounds.map(({ opened, bare }) => ({ value: max(opened.scroll), baseline: max(bare.scroll) })), 'plain rows', longest),
    compare(name('scrolled through, 99 of 100 frames'), 'ms',
      rounds.map(({ opened, bare }) => ({ value: p(opened.scroll, 0.99), baseline: p(bare.scroll, 0.99) })), 'plain rows'),
    compare(name('scrolled through, CPU a frame'), 'ms', rounds.map(({ opened, bare }) => ({ value: opened.scrollCpu, baseline: bare.scrollCpu })), 'plain rows'),
    compare(name('jumped about in, longest frame'), 'ms', rounds.map(({ opened, bare }) => ({ value: max(opened.jump), baseline: max(bare.jump) })), 'plain rows', longest),
  ];
}

async function open(pages: BrowserContext, url: string, html: string): Promise<Page> {
  const page = await pages.newPage();
  await page.addInitScript(WATCH);
  await page.route('**/bench', (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.goto(`${url}/bench`);
  return page;
}

/** Rings so many times, and then, where there is a list to scroll, scrolls it, for so many frames at most. */
async function takeTurn(page: Page, { ring, times, frames, list, body }: { ring: () => Promise<unknown>; times: number; frames: number; list: string; body: string | undefined }): Promise<Turn> {
  const badge = list === '#list' ? '#badge' : '[part=badge]';
  const script = <T>(text: string): Promise<T> => page.evaluate(text);
  await script(`window.times = { badge: watch('counts', '${badge}'), row: watch('notifications', '${list}') }, 0`);
  for (let nth = 0; nth < times; nth++) {
    await ring();
    // At any point between two animation frames, as what happens does.
    await page.waitForTimeout(RING_EVERY_MS + Math.random() * 20);
  }
  const found = { ...(await script<Pick<Turn, 'badge' | 'row'>>('times')), frame: median(await script<number[]>('rest(60)')) };
  if (body === undefined) return { ...found, scroll: [], jump: [], scrollCpu: NaN };
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await mainThreadMs(session);
  const scroll = await script<number[]>(`scroll('${body}', ${SCROLL_PX}, ${frames})`);
  const scrollCpu = (await mainThreadMs(session) - before) / scroll.length;
  await session.detach();
  return { ...found, scroll, scrollCpu, jump: await script(`jump('${body}', ${JUMPS})`) };
}

/** CPU time that the page's main thread has taken by now: what else the machine does is not in it. */
async function mainThreadMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
}

const p = (times: readonly number[], share: number): number => percentile(Float64Array.from(times).sort(), share);

function described({ frame, scrollCpu, ...turn }: Turn): string {
  const parts = Object.entries(turn).filter(([, times]) => times.length > 0).map(([what, times]) =>
    `${what} ${times.length} times, median ${median(times).toFixed(1)}, p95 ${p(times, 0.95).toFixed(1)}, most ${Math.max(...times).toFixed(1)} ms`);
  return `a frame is ${frame.toFixed(1)} ms; ${parts.join('; ')}; ${scrollCpu.toFixed(2)} ms of CPU a frame scrolled`;
}
