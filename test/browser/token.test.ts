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
});
