import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

const square = (color: string): string => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="${color}"/></svg>`;
const asUrl = (svg: string): string => `data:image/svg+xml,${encodeURIComponent(svg)}`;
const red = '200,16,46';

/** What the page's icon looks like: the colours of its lower corner, which the icon has, and of its upper, which the badge has. */
interface Look {
  icon: string;
  badge: string;
}

/** Of each icon in the page. */
async function looks({ page }: BellPage): Promise<Look[]> {
  return page.evaluate(async () => Promise.all([...document.querySelectorAll<HTMLLinkElement>('link[rel=icon]')].map(async ({ href }) => {
    const image = new Image(64, 64);
    image.src = href;
    await new Promise((resolve) => {
      image.onload = image.onerror = resolve;
    });
    const canvas = document.createElement('canvas').getContext('2d');
    if (image.naturalWidth > 0) canvas?.drawImage(image, 0, 0, 64, 64);
    const at = (x: number, y: number): string => {
      const [r, g, b, a] = canvas?.getImageData(x, y, 1, 1).data ?? [];
      return a === 0 ? 'clear' : `${r},${g},${b}`;
    };
    // Beside the number, whose middle is at two thirds of the width.
    return { icon: at(4, 60), badge: at(58, 20) };
  })));
}

/** A page with these icons, in the place of the sample's own. */
const setIcons = ({ page }: BellPage, ...hrefs: string[]): Promise<void> => page.evaluate((all) => {
  for (const link of document.querySelectorAll('link[rel=icon]')) link.remove();
  for (const href of all) document.head.append(Object.assign(document.createElement('link'), { rel: 'icon', href, type: 'image/svg+xml' }));
}, hrefs);

const hrefs = ({ page }: BellPage): Promise<(string | null)[]> =>
  page.evaluate(() => [...document.querySelectorAll('link[rel=icon]')].map((link) => link.getAttribute('href')));

describeInBrowser('the unread number on the page’s icon', ({ office, signIn }) => {
  let elsewhere: Server;

  beforeAll(async () => {
    elsewhere = createServer((_request, response) => response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(square('lime')));
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => new Promise((resolve) => elsewhere.close(resolve)));

  const ring = (): Promise<unknown> => office().sql(`insert into tickets (subject) values ('a ticket')`);
  const want = ({ bell }: BellPage, on: boolean): Promise<unknown> => bell.evaluate((element, given) => Object.assign(element, { faviconBadge: given }), on);

  it('is drawn on it in every tab, whatever the page makes of its icon, and given back', async () => {
    const first = await signIn('sam');
    const tabs = [first, await BellPage.open(first.page.context(), office())];
    for (const tab of tabs) {
      await want(tab, false);
      await setIcons(tab, asUrl(square('blue')), asUrl(square('yellow')));
    }
    await ring();
    for (const tab of tabs) await eventually(() => tab.unread(), '1');
    // Not asked for, it is not there.
    expect(await looks(first)).toEqual([{ icon: '0,0,255', badge: '0,0,255' }, { icon: '255,255,0', badge: '255,255,0' }]);
    for (const tab of tabs) await want(tab, true);
    for (const tab of tabs) await eventually(() => looks(tab), [{ icon: '0,0,255', badge: red }, { icon: '255,255,0', badge: red }]);
    const one = await hrefs(first);
    const shot = process.env.BELFRY_TEST_SCREENSHOT;
    if (shot !== undefined) await writeFile(shot, one[0]?.split(',')[1] ?? '', 'base64');

    await first.page.evaluate((href) => document.querySelector('link[rel=icon]')?.setAttribute('href', href), asUrl(square('lime')));
    await eventually(() => looks(first), [{ icon: '0,255,0', badge: red }, { icon: '255,255,0', badge: red }]);
    await ring();
    await eventually(async () => (await hrefs(first))[1] === one[1], false);
    // What swaps pages brings back a copy of what it kept, drawn on as it was.
    await first.page.evaluate(() => document.querySelectorAll('link[rel=icon]').forEach((link) => link.replaceWith(link.cloneNode())));
    await eventually(() => looks(first), [{ icon: '0,255,0', badge: red }, { icon: '255,255,0', badge: red }]);
    await first.open();
    await first.page.keyboard.press('Shift+A');
    await eventually(() => hrefs(first), [asUrl(square('lime')), asUrl(square('yellow'))]);
    await eventually(() => hrefs(tabs[1] ?? first), [asUrl(square('blue')), asUrl(square('yellow'))]);
    expect(await tabs[1]?.page.locator('link[rel=icon]').first().getAttribute('type')).toBe('image/svg+xml');
    for (const tab of tabs) expect(tab.faults).toEqual([]);
  });

  it('stands alone where the page has no icon, or one that may not be read', async () => {
    const sam = await signIn('sam');
    // The policy of the sample does not let it load another origin's: this one's page does.
    await sam.page.route(office().url, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, headers: { ...answer.headers(), 'content-security-policy': '' } });
    });
    await sam.page.goto(office().url);
    await sam.becomes('live');
    await ring();
    await eventually(async () => (await sam.unread()) !== '', true);
    const plain = [{ icon: 'clear', badge: red }];
    await setIcons(sam);
    await eventually(() => looks(sam), plain);
    await want(sam, false);
    expect(await hrefs(sam)).toEqual([]);

    const address = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/icon.svg`;
    await setIcons(sam, address);
    await want(sam, true);
    await eventually(() => looks(sam), plain);
    // A page’s own comes in the place of what was made for want of one.
    await setIcons(sam);
    await eventually(() => looks(sam), plain);
    await sam.page.evaluate((href) => document.head.append(Object.assign(document.createElement('link'), { rel: 'icon', href })), asUrl(square('blue')));
    await eventually(() => looks(sam), [{ icon: '0,0,255', badge: red }]);
    expect(sam.faults).toEqual([]);
  });
});
