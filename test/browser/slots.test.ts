import { expect, it } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { eventually, type BellPage } from './bell-page.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('what a page puts into the bell', ({ office, signIn }) => {
  const put = ({ bell }: BellPage, slot: string, markup: string): Promise<void> => bell.evaluate((element, [name = '', html = '']) => {
    const given = new DOMParser().parseFromString(html, 'text/html').body.firstElementChild;
    if (!given) throw new Error('no element');
    given.slot = name;
    element.append(given);
  }, [slot, markup]);
  const take = ({ bell }: BellPage, slot: string): Promise<void> => bell.locator(`> [slot=${slot}]`).evaluate((element) => element.remove());
  const boxes = async (...all: Locator[]): Promise<{ x: number; y: number; width: number; height: number }[]> =>
    Promise.all(all.map(async (one) => (await one.boundingBox()) ?? { x: NaN, y: NaN, width: NaN, height: NaN }));

  it('as its icon, in the place of the bell’s own and as large', async () => {
    const sam = await signIn('sam');
    const own = sam.button.locator('slot svg');
    const [before] = await boxes(own);
    await put(sam, 'icon', '<svg viewBox="0 0 8 8"><rect width="8" height="8"/></svg>');
    const [given] = await boxes(sam.bell.locator('> svg'));
    expect(given).toEqual(before);
    expect(await own.isVisible()).toBe(false);
    await sam.bell.locator('> svg').click();
    await sam.panel.waitFor();
    // The name is the bell’s still, whatever the drawing.
    expect(await sam.button.getAttribute('aria-label')).toBe('Notifications');
    await take(sam, 'icon');
    expect(await own.isVisible()).toBe(true);
  });

  it('as what an empty list says, but for the lists and states that have something else to say', async () => {
    const sam = await signIn('sam');
    await put(sam, 'empty', '<p>All quiet.</p>');
    const given = sam.bell.getByText('All quiet.');
    await sam.open();
    await given.waitFor();
    for (const word of ['Nothing here yet', 'What happens will show up here at once.']) expect(await sam.bell.getByText(word).isVisible()).toBe(false);
    await sam.bell.getByRole('tab', { name: 'Unread' }).click();
    await given.waitFor();
    await sam.bell.getByRole('tab', { name: 'Archived' }).click();
    await sam.bell.getByText('The archive is empty').waitFor();
    expect(await given.isVisible()).toBe(false);
    await sam.bell.getByRole('tab', { name: 'All' }).click();
    await given.waitFor();
    await sam.page.keyboard.press('/');
    await sam.bell.locator('[part=search]').fill('nothing of the kind');
    await sam.bell.getByText('Nothing found').waitFor();
    expect(await given.isVisible()).toBe(false);
    await sam.page.keyboard.press('Escape');
    await given.waitFor();
    await take(sam, 'empty');
    await sam.bell.getByText('Nothing here yet').waitFor();
  });

  it('below the list, with the keys its own, and the focus back at the bell', async () => {
    const sam = await signIn('sam');
    await office().sql(`insert into tickets (subject) select 'ticket ' || n from generate_series(1, 18) n`);
    await eventually(async () => (await sam.heard()).length, 18);
    const footer = sam.bell.locator('[part=page-footer]');
    await sam.page.setViewportSize({ width: 700, height: 480 });
    await sam.open();
    await sam.rows.first().waitFor();
    expect(await footer.isVisible()).toBe(false);
    await put(sam, 'footer', '<p><a href="#all">All of them</a> <textarea aria-label="Note"></textarea></p>');
    await footer.waitFor();
    const where = (): Promise<{ x: number; y: number; width: number; height: number }[]> => boxes(sam.panel, footer);
    const [panel, at] = await where();
    expect((at?.y ?? NaN) + (at?.height ?? NaN)).toBeLessThanOrEqual((panel?.y ?? NaN) + (panel?.height ?? NaN));
    await sam.page.keyboard.press('End');
    expect((await where())[1]).toEqual(at);

    const note = sam.page.getByLabel('Note');
    await note.click();
    await sam.page.keyboard.type('u?/x z');
    expect(await note.inputValue()).toBe('u?/x z');
    for (const part of ['help', 'filters', 'selection']) expect(await sam.bell.locator(`[part=${part}]`).isVisible()).toBe(false);
    await sam.page.keyboard.press('Escape');
    await sam.panel.waitFor({ state: 'hidden' });
    expect(await sam.focused()).toBe('button');
    await sam.open();
    await sam.page.getByRole('link', { name: 'All of them' }).click();
    expect(new URL(sam.page.url()).hash).toBe('#all');
    expect(sam.faults).toEqual([]);
  });
});
