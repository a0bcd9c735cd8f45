import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

/** Parts that carry text, and how they have to stand out from what is behind them. */
const textParts = ['badge', 'heading', 'status', 'mark-all', 'title', 'text', 'meta', 'severity', 'day', 'change-column',
  'change-old', 'change-new'];
const leastContrast = 4.5;

/** The worst contrast (WCAG 2) among the shown elements of each part. */
async function contrasts({ page }: BellPage): Promise<Record<string, number>> {
  return page.evaluate((parts) => {
    const root = document.querySelector('belfry-bell')?.shadowRoot;
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    // The canvas reads every notation of a colour, and lays one over the other as the page does.
    const paint = (colors: string[]): number[] => {
      if (!canvas) return [];
      for (const color of colors) {
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
      }
      return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => value / 255);
    };
    const luminance = ([r = 0, g = 0, b = 0]: number[]): number => {
      const [R = 0, G = 0, B = 0] = [r, g, b].map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      return 0.2126 * R + 0.7152 * G + 0.0722 * B;
    };
    const hostOf = (element: Element): Element | null => {
      const within = element.getRootNode();
      return within instanceof ShadowRoot ? within.host : null;
    };
    const worst = (elements: Element[]): number => Math.min(...elements.map((element) => {
      const behind: string[] = [];
      for (let at: Element | null = element; at; at = at.parentElement ?? hostOf(at)) {
        behind.unshift(getComputedStyle(at).backgroundColor);
      }
      const ground = paint(behind);
      const text = paint([...behind, getComputedStyle(element).color]);
      const [high = 0, low = 0] = [luminance(ground), luminance(text)].sort((a, b) => b - a);
      return (high + 0.05) / (low + 0.05);
    }));
    const shown = (part: string): Element[] => [...(root?.querySelectorAll(`[part~=${part}]`) ?? [])]
      .filter((element) => element.checkVisibility() && element.getBoundingClientRect().width > 0);
    return Object.fromEntries(parts.map((part) => [part, worst(shown(part))]));
  }, textParts);
}

describeInBrowser('the bell looks right', ({ office, signIn }) => {
  const fill = async (tab: BellPage): Promise<void> => {
    await office().sql(`insert into tickets (subject, priority) values ('Where is my refund?', 'normal'), ('The shop is down', 'urgent')`);
    await office().sql(`insert into orders (customer_name, total_cents) values ('Ada Lovelace', 12990)`);
    await office().sql(`update orders set status = 'cancelled' where id = (select min(id) from orders where status = 'placed')`);
    await eventually(async () => (await tab.heard()).length, 4);
    await tab.open();
    await tab.rows.nth(3).waitFor();
    await tab.rows.nth(2).getByRole('button', { name: 'Mark as read' }).click();
  };

  it('like the picture of it in the README', async () => {
    const dana = await signIn('dana');
    await dana.page.setViewportSize({ width: 1200, height: 640 });
    await dana.page.emulateMedia({ reducedMotion: 'reduce' });
    await fill(dana);
    const path = process.env.BELFRY_TEST_SCREENSHOT ?? join(tmpdir(), `belfry-bell-${process.pid}.png`);
    await dana.toast.waitFor({ state: 'hidden' });
    await dana.dot.waitFor({ state: 'hidden' });
    await dana.page.mouse.move(0, 0);
    await dana.panel.focus();
    // The picture alone waits for plots that have something in them.
    if (process.env.BELFRY_TEST_SCREENSHOT !== undefined) await dana.page.waitForTimeout(25_000);
    await dana.page.locator('#metrics dd').filter({ hasText: /\d ms/ }).first().waitFor();
    await dana.page.screenshot({ path });
    expect((await stat(path)).size).toBeLessThan(200_000);
  });

  it.each(['light', 'dark'] as const)('in %s: every text stands out from its ground', async (colorScheme) => {
    const dana = await signIn('dana');
    await dana.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await fill(dana);
    for (const [part, contrast] of Object.entries(await contrasts(dana))) {
      expect({ part, enough: contrast >= leastContrast, contrast }).toMatchObject({ part, enough: true });
    }
    const surface = await dana.panel.evaluate((panel) => getComputedStyle(panel).backgroundColor);
    expect(surface).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(27, 30, 38)');
    // With its own word on it, the page's does not count.
    await dana.bell.evaluate((bell, theme) => bell.setAttribute('theme', theme), colorScheme === 'light' ? 'dark' : 'light');
    expect(await dana.panel.evaluate((panel) => getComputedStyle(panel).backgroundColor)).not.toBe(surface);
    expect(dana.faults).toEqual([]);
  });

  it.each(['paper', 'midnight', 'contrast'])('in the theme %s: every text stands out from its ground, light and dark', async (theme) => {
    const dana = await signIn('dana');
    await dana.page.emulateMedia({ reducedMotion: 'reduce' });
    const plain = await dana.panel.evaluate((panel) => getComputedStyle(panel).backgroundColor + getComputedStyle(panel).borderRadius);
    await dana.page.getByLabel('Theme of the bell').selectOption(theme);
    await eventually(async () => plain !== await dana.panel.evaluate((panel) =>
      getComputedStyle(panel).backgroundColor + getComputedStyle(panel).borderRadius), true);
    await fill(dana);
    const shot = process.env.BELFRY_TEST_SCREENSHOT;
    for (const colorScheme of ['light', 'dark'] as const) {
      await dana.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const least = theme === 'contrast' ? 7 : leastContrast;
      const weak = Object.entries(await contrasts(dana)).filter(([, contrast]) => contrast < least);
      expect({ colorScheme, weak }).toEqual({ colorScheme, weak: [] });
      if (shot !== undefined) await dana.page.screenshot({ path: `${shot}-${theme}-${colorScheme}.png` });
    }
    expect(dana.faults).toEqual([]);
  });

  it('shows what an update changed, old and new', async () => {
    const dana = await signIn('dana');
    await fill(dana);
    const changes = dana.rows.first().locator('[part=changes]');
    expect(await changes.locator('[part=change]').allTextContents()).toEqual(['status placed →  becomes cancelled']);
    await dana.rows.nth(1).locator('[part=changes]').waitFor({ state: 'hidden' });
  });

  it('reads in the direction that a text is written in, on a page from right to left too', async () => {
    const sam = await signIn('sam');
    await sam.page.evaluate(() => (document.documentElement.dir = 'rtl'));
    await office().sql(`insert into tickets (subject) values ('It ends here.')`);
    await sam.open();
    const title = sam.rows.first().locator('[part=title]').filter({ hasText: 'It ends here.' });
    await title.waitFor();
    const [first, last] = await title.evaluate((element) => [0, 12].map((at) => {
      const range = document.createRange();
      const text = element.firstChild ?? element;
      range.setStart(text, at);
      range.setEnd(text, at + 1);
      return range.getBoundingClientRect().left;
    }));
    expect(last).toBeGreaterThan(first ?? NaN);
  });

  it('comes up from the bottom edge of a small screen, over its whole width, and goes at a tap beside it', async () => {
    const dana = await signIn('dana');
    await dana.page.setViewportSize({ width: 390, height: 700 });
    await dana.page.emulateMedia({ reducedMotion: 'reduce' });
    await fill(dana);
    const box = await dana.panel.boundingBox();
    expect(box).toMatchObject({ x: 0, width: 390 });
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBe(700);
    expect(box?.y).toBeGreaterThan(100);
    const shot = process.env.BELFRY_TEST_SCREENSHOT;
    if (shot !== undefined) await dana.page.screenshot({ path: `${shot}-small.png` });
    await dana.page.mouse.click(195, 40);
    await dana.panel.waitFor({ state: 'hidden' });
  });

  it('takes a page’s own colours and sizes', async () => {
    const sam = await signIn('sam');
    await sam.bell.evaluate((bell: HTMLElement) => {
      bell.style.setProperty('--belfry-size', '60px');
      bell.style.setProperty('--belfry-surface', 'rgb(1, 2, 3)');
    });
    await sam.open();
    expect((await sam.button.boundingBox())?.width).toBe(60);
    expect(await sam.panel.evaluate((panel) => getComputedStyle(panel).backgroundColor)).toBe('rgb(1, 2, 3)');
  });

  it('stays within a narrow window, and scrolls inside', async () => {
    const sam = await signIn('sam');
    await sam.page.setViewportSize({ width: 340, height: 480 });
    // What rises into its place is measured there.
    await sam.page.emulateMedia({ reducedMotion: 'reduce' });
    await office().sql(`insert into tickets (subject) select 'A rather long subject, number ' || n from generate_series(1, 20) n`);
    await eventually(async () => (await sam.heard()).length, 20);
    await sam.open();
    const box = await sam.panel.boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(340);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(480);
    const controls = await sam.bell.locator('[part=header] > button').evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().right));
    expect(controls.length).toBe(3);
    expect(controls.every((right) => right <= (box?.x ?? 0) + (box?.width ?? 0))).toBe(true);
    await sam.page.keyboard.press('End');
    expect(await sam.rows.last().evaluate((row) => row.getBoundingClientRect().bottom <= innerHeight)).toBe(true);
  });

  it('stays where it is scrolled to, and says what has come in above', async () => {
    const sam = await signIn('sam');
    await office().sql(`insert into tickets (subject) select 'ticket ' || n from generate_series(1, 18) n`);
    await eventually(async () => (await sam.heard()).length, 18);
    await sam.page.setViewportSize({ width: 700, height: 480 });
    await sam.open();
    const newer = sam.bell.locator('[part=newer]');
    await newer.waitFor({ state: 'hidden' });
    await sam.page.keyboard.press('End');
    const last = sam.bell.locator(`[data-id="${await sam.rows.last().getAttribute('data-id')}"]`);
    const top = (): Promise<number> => last.evaluate((row) => Math.round(row.getBoundingClientRect().top));
    // Rows take their height when they first come into sight.
    await eventually(async () => {
      const now = await top();
      await sam.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
      return (await top()) === now;
    }, true);
    const before = await top();
    await office().sql(`insert into tickets (subject) values ('newer'), ('newest')`);
    await eventually(() => newer.textContent(), '2 new');
    expect(Math.abs(await top() - before)).toBeLessThanOrEqual(1);
    await newer.click();
    await newer.waitFor({ state: 'hidden' });
    expect(await sam.panel.locator('[part=body]').evaluate((body) => body.scrollTop)).toBe(0);
  });

  it('shows one toast for what comes together, and none when told not to', async () => {
    const sam = await signIn('sam');
    await office().sql(`insert into tickets (subject) values ('a'), ('b'), ('c')`);
    await eventually(() => sam.toast.textContent(), '3 new notifications. c');
    await sam.bell.evaluate((bell) => bell.setAttribute('toast', 'off'));
    await sam.toast.waitFor({ state: 'hidden' });
    await office().sql(`insert into tickets (subject) values ('quiet')`);
    await eventually(() => sam.voice.textContent(), 'quiet');
    expect(await sam.toast.isVisible()).toBe(false);
  });
});
