import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';
import { eventually } from './bell-page.js';
import { launchBrowser } from './chromium.js';
import { buildClient } from './office.js';

const browser = await launchBrowser();
const inBrowser = browser ? describe : describe.skip;

inBrowser('a bell in a page of another origin', () => {
  let app: TestApp;
  let pages: Server;
  let origin: string;

  beforeAll(async () => {
    await buildClient();
    // An admin page that has nothing of Belfry's but the two lines, under a policy that allows nothing inline.
    pages = createServer((_request, response) => {
      response.writeHead(200, {
        'content-type': 'text/html',
        'content-security-policy': `default-src 'none'; script-src ${app.url}; connect-src ${app.url}`,
      });
      response.end(`<!doctype html><title>Admin</title><script type="module" src="${app.url}/belfry.js"></script><belfry-bell></belfry-bell>`);
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    app = await TestApp.start({ sample: true, env: { BELFRY_CORS_ORIGINS: origin } });
  });

  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => pages.close(resolve));
    await app.close();
  });

  it('finds its server by where its script came from, with the cookie, and marks there', async () => {
    const context = await browser?.newContext();
    if (!context) throw new Error('not started');
    await context.request.post(`${app.url}/sample/sign-in`, { data: { user: 'sam' } });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    await page.goto(origin);
    await page.locator('belfry-bell [part=button].live').waitFor();
    await app.business.query(`insert into tickets (subject) values ('from afar')`);
    await page.getByRole('button', { name: 'Notifications, 1 unread' }).click();
    expect(await page.getByRole('link', { name: 'from afar' }).getAttribute('href')).toMatch(`${origin}/tickets/`);
    await page.getByRole('button', { name: 'Mark as read' }).click();
    const unread = async (): Promise<number> => {
      const answer = await context.request.get(`${app.url}/v1/notifications/counts`);
      return ((await answer.json()) as { unread: { count: number } }).unread.count;
    };
    await eventually(unread, 0);
    expect(faults).toEqual([]);
  });
});
