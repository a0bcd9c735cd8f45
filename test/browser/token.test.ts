import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';
import { tokenFor } from '../support/tokens.js';
import { eventually } from './bell-page.js';
import { launchBrowser } from './chromium.js';
import { buildClient } from './office.js';

interface Seen {
  status: string;
  items: readonly { title: string }[];
}

const RULES = `
rules:
  - topic: ticket.opened
    table: public.tickets
    on: insert
    audience: [role:support]
    title: "{{ row.subject }}"
`;
const browser = await launchBrowser();

(browser ? describe : describe.skip)('a client with a token', () => {
  let app: TestApp;
  beforeAll(async () => {
    await buildClient();
    app = await TestApp.start({ rules: RULES, prepare: (client) => client.query('create table tickets (subject text)').then(() => undefined) });
  });
  afterAll(async () => {
    await browser?.close();
    await app.close();
  });

  it('follows the stream without a cookie, takes a new token when one ends, and misses nothing meanwhile', async () => {
    if (!browser) throw new Error('skipped without a browser');
    const context = await browser.newContext();
    const page = await context.newPage();
    let given = 0;
    await page.exposeFunction('nextToken', () => {
      given++;
      return tokenFor('sam', ['support'], 4);
    });
    await page.route('**/empty', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>empty</title>' }));
    await page.goto(`${app.url}/empty`);
    await page.evaluate(`(async () => {
      const { BelfryClient } = await import('/belfry.js');
      window.client = new BelfryClient({ baseUrl: location.origin, token: () => window.nextToken() });
      window.statuses = [];
      window.client.subscribe((event) => event.type === 'status' && window.statuses.push(event.status));
      window.client.connect();
    })()`);
    const seen = (): Promise<Seen> => page.evaluate(() => {
      const { status, items } = (window as unknown as { client: { snapshot: Seen } }).client.snapshot;
      return { status, items: items.map(({ title }) => ({ title })) };
    });
    await eventually(async () => (await seen()).status, 'live');
    const before = given;
    const written: string[] = [];
    // Across the end of a token or two.
    while (given < before + 2) {
      written.unshift(`row ${written.length}`);
      await app.business.query('insert into tickets (subject) values ($1)', [written[0]]);
      await page.waitForTimeout(250);
      expect(written.length).toBeLessThan(400);
    }
    await eventually(async () => (await seen()).items.map(({ title }) => title).filter((title) => title.startsWith('row ')).slice(0, written.length), written.slice(0, 200));
    expect(await page.evaluate(() => (window as unknown as { statuses: string[] }).statuses)).not.toContain('signed-out');
    expect(await context.cookies()).toEqual([]);
    const marked = await page.evaluate(() => {
      const { client } = window as unknown as { client: { snapshot: { items: { id: string }[] }; archive: (id: string) => Promise<boolean> } };
      return client.archive(client.snapshot.items[0]?.id ?? '');
    });
    expect(marked).toBe(true);
    await context.close();
  });

  it('is in the bell too, which asks the function that it has now, and goes by the cookie without one', async () => {
    if (!browser) throw new Error('skipped without a browser');
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.exposeFunction('tokenOf', (user: string) => tokenFor(user, ['support']));
    await page.route('**/empty', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>empty</title><belfry-bell></belfry-bell>' }));
    await page.goto(`${app.url}/empty`);
    await page.evaluate(`(async () => {
      window.statuses = [];
      window.bell = document.querySelector('belfry-bell');
      bell.addEventListener('belfry-status', ({ detail }) => statuses.push(detail.status));
      bell.token = () => tokenOf('sam');
      await import('/belfry.js');
    })()`);
    const button = page.locator('belfry-bell [part=button]');
    const becomes = (status: string): Promise<void> => page.locator(`belfry-bell [part=button].${status}`).waitFor();
    await becomes('live');
    await app.business.query(`insert into tickets (subject) values ('for the bell')`);
    await page.locator('belfry-bell').getByText('for the bell').first().waitFor({ state: 'attached' });
    await page.evaluate(`asked = 0; bell.token = () => { asked += 1; return tokenOf('sam'); }`);
    await button.click();
    await eventually(async () => Number(await page.evaluate('asked')) > 0, true);
    expect(await page.evaluate('statuses')).toEqual(['connecting', 'live']);
    await page.evaluate('bell.token = null');
    await becomes('signed-out');
    await page.evaluate(`bell.token = () => tokenOf('sam')`);
    await becomes('live');
    expect(await context.cookies()).toEqual([]);
  });
});
