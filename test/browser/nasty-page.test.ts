import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { TestApp } from '../support/app.js';
import { eventually } from './bell-page.js';
import { launchBrowser } from './chromium.js';
import { buildClient } from './office.js';

const browser = await launchBrowser();
const inBrowser = browser ? describe : describe.skip;

/** Resets, a header that clips, transforms and shouts, something on top of everything, and keys of the page's own. */
const nasty = (belfry: string): string => `<!doctype html><html lang="en"><title>Admin</title>
<style>
  *, *::before, *::after { box-sizing: content-box; margin: 0; padding: 0; letter-spacing: 2px; transition: all .3s; }
  html { font-size: 62.5%; }
  button, a, input { background: red !important; width: 100% !important; text-transform: lowercase; }
  [hidden], [popover], .row { display: inline-block !important; position: absolute !important; opacity: .3; }
  header { height: 56px; overflow: hidden; contain: paint; transform: translateX(0); filter: blur(0); opacity: .6; position: sticky; top: 0; z-index: 1;
    text-transform: uppercase; white-space: nowrap; text-align: center; text-indent: 20px; line-height: 56px; word-spacing: 9px; word-break: break-all;
    text-shadow: 1px 1px red; cursor: not-allowed; user-select: none; pointer-events: none; -webkit-text-fill-color: red; font: italic small-caps 900 30px serif; }
  header belfry-bell { pointer-events: auto; float: right; }
  .over { position: fixed; inset: 56px 0 0; z-index: 2147483647; background: rgb(0 0 0 / .05); }
</style>
<script>
  var pressed = [];
  ['keydown', 'keypress'].forEach(function (type) {
    document.addEventListener(type, function (event) {
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.key.length > 1) return;
      pressed.push(event.key);
      event.preventDefault();
    });
  });
</script>
<script type="module" src="${belfry}/belfry.js"></script>
<header><h1>Back office</h1><belfry-bell></belfry-bell></header><div class="over"></div><p style="height: 3000px">Much to scroll`;

inBrowser('a bell in a page that makes it hard', () => {
  let app: TestApp;
  let pages: Server;
  let origin: string;

  beforeAll(async () => {
    await buildClient();
    pages = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(nasty(app.url)));
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    app = await TestApp.start({ sample: true, env: { BELFRY_CORS_ORIGINS: origin } });
    await app.business.query(`insert into tickets (subject) select 'Ticket ' || n from generate_series(1, 5) n`);
  });

  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => pages.close(resolve));
    await app.close();
  });

  async function open(): Promise<Page> {
    const context = await browser?.newContext();
    if (!context) throw new Error('not started');
    await context.request.post(`${app.url}/sample/sign-in`, { data: { user: 'sam' } });
    const page = await context.newPage();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto(origin);
    await page.locator('belfry-bell [part=button].live').click();
    await page.locator('belfry-bell .row').nth(4).waitFor();
    return page;
  }

  it('reads as it does anywhere else', async () => {
    const page = await open();
    const shot = process.env.BELFRY_TEST_SCREENSHOT;
    if (shot !== undefined) await page.screenshot({ path: shot });
    const looks = await page.locator('belfry-bell .row [part=title]').first().evaluate((title) => {
      const css = getComputedStyle(title);
      return Object.fromEntries(['letter-spacing', 'word-spacing', 'text-transform', 'text-indent', 'text-shadow', 'white-space-collapse', 'word-break',
        'text-align', 'font-style', 'font-variant-caps', 'font-size', 'user-select', 'pointer-events', 'cursor'].map((name) => [name, css.getPropertyValue(name)]));
    });
    expect(looks).toEqual({ 'letter-spacing': 'normal', 'word-spacing': '0px', 'text-transform': 'none', 'text-indent': '0px', 'text-shadow': 'none',
      'white-space-collapse': 'collapse', 'word-break': 'normal', 'text-align': 'left', 'font-style': 'normal', 'font-variant-caps': 'normal',
      'font-size': '14px', 'user-select': 'text', 'pointer-events': 'auto', cursor: 'pointer' });
    const [fill, color] = await page.locator('belfry-bell [part=heading]').evaluate((heading) => {
      const css = getComputedStyle(heading);
      return [css.getPropertyValue('-webkit-text-fill-color'), css.color];
    });
    expect(fill).toBe(color);
  });

  it.each([['ltr', '1'], ['rtl', '1'], ['ltr', '1.25'], ['rtl', '0.8']])('stands beside the bell, in view and before all else: %s, zoomed %s times', async (dir, zoom) => {
    const page = await open();
    await page.keyboard.press('Escape');
    await page.evaluate(([direction = '', times = '']) => {
      document.documentElement.dir = direction;
      document.body.style.zoom = times;
      scrollTo(0, 400);
    }, [dir, zoom]);
    await page.locator('belfry-bell [part=button]').click();
    const panel = page.locator('belfry-bell [part=panel]');
    await panel.waitFor();
    const [bell, box] = [await page.locator('belfry-bell [part=button]').boundingBox(), await panel.boundingBox()];
    if (!bell || !box) throw new Error('not there');
    const { width, height } = page.viewportSize() ?? { width: NaN, height: NaN };
    expect(Math.abs(box.y - (bell.y + bell.height))).toBeLessThan(20);
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(width);
    expect(box.y + box.height).toBeLessThanOrEqual(height);
    expect(bell.x + bell.width / 2 > box.x && bell.x + bell.width / 2 < box.x + box.width).toBe(true);
    const onTop = await page.evaluate(([x = 0, y = 0]) => document.elementFromPoint(x, y)?.tagName, [box.x + box.width / 2, box.y + box.height - 20]);
    expect(onTop).toBe('BELFRY-BELL');
    const toggle = page.locator('belfry-bell .row').nth(1).locator('[part=toggle]');
    const before = await toggle.getAttribute('aria-label');
    await toggle.click();
    await eventually(async () => (await toggle.getAttribute('aria-label')) === before, false);
  });

  it('keeps its keys to itself, and what is typed into it', async () => {
    const page = await open();
    const focused = (): Promise<string | undefined> => page.evaluate(() =>
      (document.querySelector('belfry-bell')?.shadowRoot?.activeElement as HTMLElement | null)?.dataset.id);
    await page.keyboard.press('ArrowDown');
    const first = await focused();
    await page.keyboard.press('j');
    await eventually(async () => (await focused()) === first, false);
    await page.keyboard.press('/');
    await page.keyboard.type('Ticket 3/j');
    expect(await page.locator('belfry-bell [part=search]').inputValue()).toBe('Ticket 3/j');
    expect(await page.evaluate('pressed')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.locator('belfry-bell [part=panel]').waitFor({ state: 'hidden' });
    // With the panel closed they are the page's.
    await page.keyboard.press('j');
    expect(await page.evaluate('pressed')).toEqual(['j']);
  });
});
