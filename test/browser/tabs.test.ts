import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

declare global {
  interface Window {
    /** Whether what other tabs hand on is dropped here. */
    deaf?: boolean;
  }
}

describeInBrowser('several tabs of one browser', ({ office, signIn }) => {
  const write = (...subjects: string[]): Promise<unknown> =>
    office().sql('insert into tickets (subject) select s from unnest($1::text[]) with ordinality as t (s, n) order by n', [subjects]);
  const numbered = (name: string, from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `${name} ${from + i}`);
  const newest = async (tab: BellPage, count: number): Promise<string[]> => (await tab.titles()).slice(0, count).reverse();

  /** The first one leads: it was there when there was no other. */
  async function open(count: number): Promise<[BellPage, BellPage, ...BellPage[]]> {
    const first = await signIn('sam');
    const context = first.page.context();
    await context.addInitScript(() => {
      const addEventListener = Reflect.get(BroadcastChannel.prototype, 'addEventListener') as (...args: unknown[]) => void;
      Object.assign(BroadcastChannel.prototype, {
        addEventListener(this: BroadcastChannel, type: string, hear: (event: MessageEvent<{ type: string }>) => void) {
          const unlessDeaf = (event: MessageEvent<{ type: string }>): void => {
            if (window.deaf !== true || event.data.type !== 'frame') hear(event);
          };
          addEventListener.call(this, type, unlessDeaf);
        },
      });
    });
    const tabs: [BellPage, BellPage, ...BellPage[]] = [first, await BellPage.open(context, office())];
    while (tabs.length < count) tabs.push(await BellPage.open(context, office()));
    for (const tab of tabs) await tab.open();
    return tabs;
  }

  it('have one stream among them, and all have everything, once, in order', async () => {
    const tabs = await open(5);
    expect(office().streams()).toBe(1);
    const written = numbered('shared', 1, 30);
    for (const subject of written) await write(subject);
    for (const tab of tabs) {
      await eventually(() => newest(tab, 30), written);
      expect((await tab.heard()).filter((title) => title.startsWith('shared'))).toEqual(written);
    }
    await tabs[3]?.rows.first().locator('[part=toggle]').click();
    for (const tab of tabs) await eventually(() => tab.rows.first().getAttribute('part'), 'row row-read row-info');
    expect(office().streams()).toBe(1);
  });

  it('lose nothing when the one that leads is closed', async () => {
    const [leader, ...others] = await open(4);
    await write('before');
    for (const tab of others) await eventually(() => newest(tab, 1), ['before']);
    const written = numbered('meanwhile', 1, 40);
    const writing = (async () => {
      for (const subject of written) await write(subject);
    })();
    await leader.page.close();
    await writing;
    for (const tab of others) await eventually(() => newest(tab, 41), ['before', ...written]);
    for (const tab of others) await tab.becomes('live');
    expect(office().streams()).toBe(1);
    await write('after');
    for (const tab of others) await eventually(() => newest(tab, 1), ['after']);
  });

  it('are told which of them has the stream', async () => {
    const { page } = await signIn('sam');
    const context = page.context();
    await page.close();
    await context.route('**/empty', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>empty</title>' }));
    const join = async (): Promise<Page> => {
      const tab = await context.newPage();
      await tab.goto(`${office().url}/empty`);
      await tab.evaluate(`import('/belfry.js').then(({ BelfryClient }) => {
        window.told = [];
        window.client = new BelfryClient({ baseUrl: location.origin });
        window.client.subscribe((event) => event.type === 'leader' && window.told.push(event.leads));
        window.client.connect();
      })`);
      return tab;
    };
    const told = (tab: Page): Promise<unknown> => tab.evaluate('window.told');
    const leader = await join();
    await eventually(() => told(leader), [true]);
    const other = await join();
    await eventually(() => other.evaluate('window.client.snapshot.status'), 'live');
    expect(await told(other)).toEqual([]);
    await leader.evaluate('window.client.disconnect()');
    await eventually(() => told(other), [true]);
    expect(await told(leader)).toEqual([true, false]);
  });

  it('take over from one that does not answer', async () => {
    const [leader, other] = await open(2);
    const session = await leader.page.context().newCDPSession(leader.page);
    await session.send('Debugger.enable');
    // From here on nothing runs in it, and its streams and locks stay.
    await session.send('Debugger.pause');
    await write('asleep');
    await other.page.evaluate(() => window.dispatchEvent(new Event('online')));
    await eventually(() => newest(other, 1), ['asleep']);
    await session.send('Debugger.resume').catch(() => undefined);
    await session.detach();
    await eventually(() => newest(leader, 1), ['asleep']);
    await eventually(() => Promise.resolve(office().streams()), 1);
  });

  it('begin anew where one has missed something', async () => {
    const [leader, other] = await open(2);
    await other.page.evaluate(() => void (window.deaf = true));
    await write('unheard');
    await eventually(() => newest(leader, 1), ['unheard']);
    await other.page.evaluate(() => void (window.deaf = false));
    await write('heard');
    await eventually(() => newest(other, 2), ['unheard', 'heard']);
  });

  it('are signed out and in together', async () => {
    const tabs = await open(3);
    const { url } = office();
    const context = tabs[0].page.context();
    for (const tab of tabs) {
      // The office has no bell for who is not signed in; other pages have.
      await tab.page.evaluate(() => {
        document.querySelector('belfry-bell')?.remove();
        document.querySelector('header')?.append(document.createElement('belfry-bell'));
      });
      await tab.becomes('live');
    }
    await context.clearCookies();
    office().wire.cut();
    office().wire.mend();
    for (const tab of tabs) await tab.becomes('signed-out');
    await context.request.post(`${url}/sample/sign-in`, { data: { user: 'dana' }, headers: { origin: url } });
    await tabs[2]?.open();
    await tabs[2]?.panel.getByRole('button', { name: 'Try again' }).click();
    for (const tab of tabs) await tab.becomes('live');
    await office().sql(`insert into orders (customer_name, total_cents) values ('Ann', 500)`);
    for (const tab of tabs) {
      if (tab !== tabs[2]) await tab.open();
      await eventually(async () => (await newest(tab, 1))[0]?.startsWith('New order') ?? false, true);
    }
    expect(office().streams()).toBe(1);
  });

  it('have a stream each where the browser has no locks', async () => {
    const first = await signIn('sam');
    const context = first.page.context();
    await first.page.close();
    await context.addInitScript(() => {
      delete (Navigator.prototype as { locks?: unknown }).locks;
    });
    const tabs = [await BellPage.open(context, office()), await BellPage.open(context, office())];
    expect(office().streams()).toBe(2);
    await write('apart');
    for (const tab of tabs) await eventually(() => tab.heard(), ['apart']);
  });
});
