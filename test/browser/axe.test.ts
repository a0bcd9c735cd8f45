import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import { type BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';
import type { Wire } from './wire.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Presses a key once the focus is in the list, and waits for what it brings. */
async function press(page: BellPage, key: string, part: string): Promise<void> {
  await page.bell.locator('.row:focus').waitFor();
  await page.page.keyboard.press(key);
  await page.bell.locator(`[part=${part}]`).waitFor();
}

/** How the bell can stand, and how it comes to that. */
const STATES: Record<string, (page: BellPage, wire: Wire) => Promise<unknown>> = {
  closed: () => Promise.resolve(),
  open: (page) => page.open(),
  'in the tab of what is unread': async (page) => {
    await page.open();
    await page.bell.getByRole('tab', { name: /^Unread/ }).click();
    await page.bell.locator('[part=list][aria-busy=false] .row').first().waitFor();
  },
  'in an empty tab': async (page) => {
    await page.open();
    await page.bell.getByRole('tab', { name: /^Archived/ }).click();
    await page.bell.getByText('The archive is empty').waitFor();
  },
  'with its filters': async (page) => {
    await page.open();
    await press(page, '/', 'filters');
  },
  'with a search that finds nothing': async (page) => {
    await page.open();
    await press(page, '/', 'filters');
    await page.page.keyboard.type('no such thing');
    await page.bell.getByText('Nothing found').waitFor();
  },
  'with the menu of a row': async (page) => {
    await page.open();
    await press(page, 's', 'menu');
  },
  'with rows selected': async (page) => {
    await page.open();
    await press(page, 'x', 'selection');
  },
  'with its preferences': async (page) => {
    await page.open();
    await page.bell.getByRole('button', { name: 'Preferences' }).click();
    await page.bell.getByRole('checkbox', { name: 'ticket.opened' }).waitFor();
  },
  'with its keys shown': async (page) => {
    await page.open();
    await press(page, '?', 'help');
  },
  'with something to take back': async (page) => {
    await page.open();
    await press(page, 'Shift+A', 'undo');
  },
  'while a list is on its way': async (page) => {
    await page.open();
    await page.page.route('**/v1/notifications?*', () => undefined);
    await page.bell.getByRole('tab', { name: /^Archived/ }).click();
    await page.bell.locator('[part=skeleton]').first().waitFor();
  },
  'with a list that has not come': async (page) => {
    await page.page.route('**/v1/notifications?*', (route) => route.abort());
    await page.open();
    await page.bell.getByRole('tab', { name: /^Archived/ }).click();
    await page.bell.getByText('Notifications could not be loaded.').waitFor();
  },
  'with a list that is of before': async (page) => {
    await page.open();
    await page.bell.getByRole('tab', { name: /^Unread/ }).click();
    await page.bell.locator('[part=list][aria-busy=false] .row').first().waitFor();
    await page.page.route('**/v1/notifications?*', (route) => route.abort());
    await page.bell.locator('[part=toggle]').first().click();
    await page.bell.locator('[part=stale-retry][aria-disabled=false]').waitFor();
  },
  'signed out': async (page, wire) => {
    // One that the page does not take away.
    await page.page.evaluate(() => document.querySelector('belfry-bell')?.replaceWith(document.createElement('belfry-bell')));
    await page.becomes('live');
    await page.page.context().clearCookies();
    wire.cut();
    wire.mend();
    await page.becomes('signed-out');
    await page.open();
    await page.bell.getByText('You are signed out.').waitFor();
  },
  offline: async (page, wire) => {
    await page.open();
    wire.cut();
    await page.becomes('offline');
    await page.bell.getByText(/^Offline: as of/).waitFor();
  },
  'in a narrow window': async (page) => {
    await page.page.setViewportSize({ width: 390, height: 700 });
    await page.open();
  },
  'from right to left': async (page) => {
    await page.page.evaluate(() => (document.documentElement.dir = 'rtl'));
    await page.open();
  },
  'in Chinese': async (page) => {
    await page.page.evaluate(() => (document.documentElement.lang = 'zh-CN'));
    await page.open();
  },
};

/** Those with colours of their own. */
const DARK = new Set(['open', 'with a list that is of before', 'while a list is on its way', 'with its filters', 'with its preferences', 'with the menu of a row', 'with rows selected', 'with its keys shown', 'with something to take back']);

describeInBrowser('axe finds nothing in the bell', ({ office, signIn }) => {
  it.each(Object.keys(STATES))('%s', async (state) => {
    const sam = await signIn('sam');
    // What fades in has too little contrast on its way, however long that takes.
    await sam.page.emulateMedia({ reducedMotion: 'reduce' });
    await office().sql(`insert into tickets (subject) values ('one'), ('two')`);
    await office().sql(`update tickets set assignee_id = 'sam' where subject = 'one'`);
    await eventually(async () => (await sam.heard()).length >= 2, true);
    await STATES[state]?.(sam, office().wire);
    await sam.page.evaluate(axe);
    for (const scheme of DARK.has(state) ? ['light', 'dark'] : ['light']) {
      await sam.page.evaluate((theme) => document.querySelector('belfry-bell')?.setAttribute('theme', theme), scheme);
      await sam.page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => undefined))));
      const { violations } = await sam.page.evaluate(
        (): Promise<AxeResults> => (window as unknown as { axe: { run: (what: unknown) => Promise<AxeResults> } }).axe.run(document.querySelector('belfry-bell')));
      expect(violations.map(({ id, nodes }) => `${scheme}: ${id}: ${nodes.map(({ html, any }) => `${html.slice(0, 160)} (${any.map(({ message }) => message).join('; ').slice(0, 200)})`).join(', ')}`)).toEqual([]);
      if (process.env.BELFRY_TEST_SCREENSHOTS !== undefined) await sam.page.screenshot({ path: `${process.env.BELFRY_TEST_SCREENSHOTS}/${state.replaceAll(' ', '-')}-${scheme}.png` });
    }
  });
});
