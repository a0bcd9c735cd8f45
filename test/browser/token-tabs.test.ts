import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { Hub } from '../../src/stream/hub.service.js';
import { TestApp } from '../support/app.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';
import { launchBrowser } from './chromium.js';
import { buildClient } from './office.js';

const RULES = `
rules:
  - topic: ticket.opened
    table: public.tickets
    on: insert
    audience: ["role:{{ row.role }}"]
    title: "{{ row.subject }}"
`;

interface Seen {
  status: string;
  user: string | undefined;
  leads: boolean;
  /** Told as news, in order. */
  arrived: string[];
  statuses: string[];
  /** Oldest first. */
  titles: string[];
  unread: number;
}

/** A tab, and who has signed in there. */
class Tab {
  given = 0;
  private constructor(readonly page: Page, public token: () => Promise<string>) {}

  static async open(context: BrowserContext, url: string, token: () => Promise<string>): Promise<Tab> {
    const tab = new Tab(await context.newPage(), token);
    await tab.page.exposeFunction('nextToken', () => {
      tab.given++;
      return tab.token();
    });
    await tab.page.route('**/empty', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>empty</title>' }));
    await tab.page.goto(`${url}/empty`);
    await tab.page.evaluate(`(async () => {
      const { BelfryClient } = await import('/belfry.js');
      const client = window.client = new BelfryClient({ baseUrl: location.origin, token: () => window.nextToken() });
      const told = { arrived: [], statuses: [] };
      client.subscribe((event) => {
        if (event.type === 'status') told.statuses.push(event.status);
        if (event.type === 'arrived') told.arrived.push(...event.notifications.map(({ title }) => title));
      });
      window.seen = () => {
        const { status, user, items, counts } = client.snapshot;
        return { ...told, status, user, leads: client.leads, titles: items.map(({ title }) => title).reverse(), unread: counts?.unread.count };
      };
      client.connect();
    })()`);
    return tab;
  }

  seen(): Promise<Seen> {
    return this.page.evaluate(() => (window as unknown as { seen: () => Seen }).seen());
  }

  do(call: string): Promise<unknown> {
    return this.page.evaluate(`window.client.${call}`);
  }

  async is(what: string, holds: (seen: Seen) => boolean): Promise<Seen> {
    return until(what, async () => {
      const seen = await this.seen();
      return holds(seen) ? seen : undefined;
    }, 30_000);
  }

  async live(): Promise<this> {
    await this.is('it is live', ({ status }) => status === 'live');
    return this;
  }

  async tells(titles: string[]): Promise<void> {
    await this.is(`"${titles.at(-1)}" is told`, ({ arrived }) => arrived.includes(titles.at(-1) ?? ''));
    expect((await this.seen()).arrived.slice(-titles.length)).toEqual(titles);
  }
}

const browser = await launchBrowser();

(browser ? describe : describe.skip)('tabs of one browser that go by tokens', () => {
  let app: TestApp;
  let context: BrowserContext;
  beforeAll(async () => {
    await buildClient();
    app = await TestApp.start({ rules: RULES, prepare: (client) => client.query('create table tickets (subject text, role text)').then(() => undefined) });
  });
  afterEach(async () => {
    await context.close();
    await until('no stream is open', () => app.running.app.get(Hub).size === 0);
  });
  afterAll(async () => {
    await browser?.close();
    await app.close();
  });

  const write = async (role: string, ...subjects: string[]): Promise<void> => {
    for (const subject of subjects) await app.business.query('insert into tickets (subject, role) values ($1, $2)', [subject, role]);
  };
  const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${name} ${n + 1}`);
  /** As the server tells Prometheus. */
  const streams = async (): Promise<number> => Number(/^belfry_streams (\d+)/m.exec(await (await fetch(`${app.url}/metrics`)).text())?.[1]);

  const streamsAre = (count: number): Promise<unknown> => until(`${count} streams are open`, async () => (await streams()) === count);
  const reconnect = ({ page }: Tab): Promise<unknown> => page.evaluate(() => window.dispatchEvent(new Event('online')));

  /** The one that has the stream; on a slow machine one that did not answer in time may have lost it to another. */
  const leading = (tabs: Tab[]): Promise<Tab> => until('one of them leads', async () => {
    const all = await Promise.all(tabs.map((tab) => tab.seen()));
    return all.filter(({ leads }) => leads).length === 1 ? tabs[all.findIndex(({ leads }) => leads)] : undefined;
  });

  async function profile(): Promise<void> {
    if (!browser) throw new Error('skipped without a browser');
    context = await browser.newContext();
  }
  const open = async (user: string, roles: string[], expiresIn: number | string = '1h'): Promise<Tab> =>
    (await Tab.open(context, app.url, () => tokenFor(user, roles, expiresIn, { jti: crypto.randomUUID() }))).live();
  async function openMany(count: number, user: string, role: string): Promise<[Tab, Tab, ...Tab[]]> {
    await profile();
    const tabs: [Tab, Tab, ...Tab[]] = [await open(user, [role]), await open(user, [role])];
    while (tabs.length < count) tabs.push(await open(user, [role]));
    return tabs;
  }

  it('have one stream among them, lose nothing when the one that has it is closed, and mark by a token of their own', async () => {
    const [leader, ...others] = await openMany(5, 'sam', 'support');
    await streamsAre(1);
    await leading([leader, ...others]);
    const shared = numbered('shared', 20);
    await write('support', ...shared);
    for (const tab of [leader, ...others]) await tab.tells(shared);
    expect(await others[0].do('markAllRead()')).toBe(true);
    for (const tab of others) await tab.is('all is read', ({ unread }) => unread === 0);

    const meanwhile = numbered('meanwhile', 40);
    const writing = write('support', ...meanwhile);
    await leader.page.close();
    await writing;
    for (const tab of others) await tab.is('all of it is there', ({ status, titles }) => status === 'live' && titles.includes('meanwhile 40'));
    for (const tab of others) expect((await tab.seen()).titles.slice(-60)).toEqual([...shared, ...meanwhile]);
    await write('support', 'after');
    for (const tab of others) await tab.tells(['after']);
    await streamsAre(1);
    await leading(others);
  }, 60_000);

  it('don’t share with another admin, nor with the same one in other roles', async () => {
    await profile();
    const tabs = [await open('sam', ['support']), await open('dana', ['sales']), await open('sam', ['sales'])] as const;
    await streamsAre(3);
    for (const tab of tabs) expect((await tab.seen()).leads).toBe(true);
    await write('support', 'for support');
    await write('sales', 'for sales');
    await tabs[0].tells(['for support']);
    for (const tab of tabs.slice(1)) await tab.tells(['for sales']);
    expect((await Promise.all(tabs.map((tab) => tab.seen()))).map(({ user, arrived }) => [user, ...arrived])).toEqual([
      ['sam', 'for support'], ['dana', 'for sales'], ['sam', 'for sales'],
    ]);
  });

  it('take a new token when one ends, still with one stream, and miss nothing meanwhile', async () => {
    await profile();
    const tabs = [await open('sam', ['support'], 4), await open('sam', ['support'], 4)] as const;
    const before = tabs[0].given;
    const written: string[] = [];
    // Across the end of a token or two.
    while (tabs[0].given < before + 2) {
      written.push(`renewed ${written.length}`);
      await write('support', written.at(-1) ?? '');
      await tabs[0].page.waitForTimeout(250);
      expect(written.length).toBeLessThan(400);
    }
    for (const tab of tabs) {
      const { titles, statuses } = await tab.is('all of it is there', (seen) => seen.titles.includes(written.at(-1) ?? ''));
      expect(titles.filter((title) => title.startsWith('renewed'))).toEqual(written);
      expect(statuses).not.toContain('signed-out');
    }
    await streamsAre(1);
  }, 60_000);

  it.each<[string, (good: () => Promise<string>) => Promise<string>, string]>([
    ['is refused', async (good) => (await good()).replace(/[^.]+$/, 'forged'), 'signed-out'],
    ['says nothing', () => Promise.resolve('opaque'), 'signed-out'],
    ['does not come', () => Promise.reject(new Error('the sign-in is away')), 'offline'],
  ])('go on without the one whose token %s, and it comes back', async (what, bad, status) => {
    const tabs = await openMany(3, 'sam', 'support');
    const leader = await leading(tabs);
    const others = tabs.filter((tab) => tab !== leader);
    const good = leader.token;
    leader.token = () => bad(good);
    await reconnect(leader);
    await leader.is(`it is ${status}`, (seen) => seen.status === status);
    for (const tab of others) await tab.live();
    await write('support', `while it ${what}`);
    for (const tab of others) await tab.is('it is there', ({ titles }) => titles.includes(`while it ${what}`));
    await streamsAre(1);
    leader.token = good;
    await leader.do('retry()');
    await leader.is('it is back', (seen) => seen.status === 'live' && seen.titles.includes(`while it ${what}`));
    await streamsAre(1);
    for (const tab of others) expect((await tab.seen()).statuses).not.toContain('signed-out');
  });

  it('are each of whoever has signed in there since, and show nothing of the one before', async () => {
    const tabs = await openMany(3, 'sam', 'support');
    const isOf = (tab: Tab, name: string): Promise<Seen> => tab.is(`it is of ${name}`, ({ user, status }) => user === name && status === 'live');
    await write('support', 'of sam');
    for (const tab of tabs) await tab.tells(['of sam']);
    const dana = (): Promise<string> => tokenFor('dana', ['sales']);
    tabs[1].token = dana;
    // It is another tab that comes by a stream anew.
    for (const tab of tabs) await reconnect(tab);
    expect((await isOf(tabs[1], 'dana')).titles).not.toContain('of sam');
    await streamsAre(2);
    for (const tab of tabs) tab.token = dana;
    for (const tab of tabs) await reconnect(tab);
    for (const tab of tabs) expect((await isOf(tab, 'dana')).titles).not.toContain('of sam');
    await write('sales', 'of dana');
    await write('support', 'of sam again');
    await write('sales', 'of dana again');
    for (const tab of tabs) await tab.tells(['of dana', 'of dana again']);
    await streamsAre(1);
  });
});
