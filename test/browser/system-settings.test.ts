import { expect, it } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { eventually, type BellPage } from './bell-page.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('the bell follows the system’s settings', ({ office, signIn }) => {
  const open = async (sam: BellPage): Promise<void> => {
    const before = (await sam.heard()).length;
    await office().sql(`insert into tickets (subject, priority) values ('first', 'normal'), ('second', 'urgent')`);
    await eventually(async () => (await sam.heard()).length, before + 2);
    await sam.open();
    await sam.rows.nth(1).waitFor();
  };

  it.each([['reduce', false], ['no-preference', true]] as const)('motion %s: that something moves is %s', async (reducedMotion, moves) => {
    const sam = await signIn('sam');
    await sam.page.emulateMedia({ reducedMotion });
    await sam.bell.evaluate((bell) => {
      const moved = new Set<string>();
      Object.assign(window, { moved });
      const note = ({ type, target }: Event): unknown => moved.add(`${type} of ${(target as Element).getAttribute('part') ?? ''}`);
      for (const type of ['animationstart', 'transitionstart']) bell.shadowRoot?.addEventListener(type, note);
    });
    const moved = (): Promise<string[]> => sam.page.evaluate(() => [...(window as unknown as { moved: Set<string> }).moved].sort());
    await office().sql(`insert into tickets (subject) values ('with a toast')`);
    await sam.toast.waitFor();
    await open(sam);
    await sam.page.keyboard.press('s');
    await sam.page.keyboard.press('Escape');
    // What is to move has begun by the second frame.
    await sam.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    if (moves) await eventually(moved, ['animationstart of panel', 'animationstart of toast']);
    else expect(await moved()).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('forced colours, %s: what is told by colour is told by lines and fills', async (colorScheme) => {
    const sam = await signIn('sam');
    await sam.page.emulateMedia({ colorScheme, forcedColors: 'active', reducedMotion: 'reduce' });
    await open(sam);
    await sam.rows.nth(1).getByRole('button', { name: 'Mark as read' }).click();
    await eventually(() => sam.rows.nth(1).getAttribute('part'), 'row row-read row-info');
    const css = (one: Locator, property: string, pseudo?: string): Promise<string> =>
      one.evaluate((element, [name = '', of]) => getComputedStyle(element, of).getPropertyValue(name), [property, pseudo]);
    const tab = (name: string): Locator => sam.bell.getByRole('tab', { name });
    // A line that is there for the chosen one alone: what is transparent otherwise would be seen.
    const [chosen, other, ground] = await Promise.all([
      css(tab('All'), 'border-block-end-color'), css(tab('Archived'), 'border-block-end-color'), css(sam.panel, 'background-color'),
    ]);
    expect(other).toBe(ground);
    expect(chosen).not.toBe(ground);
    const [unread, read] = [sam.rows.nth(0).locator('[part=toggle]'), sam.rows.nth(1).locator('[part=toggle]')];
    expect(await css(unread, 'background-color', '::before')).not.toBe(await css(read, 'background-color', '::before'));
    expect(await css(sam.badge, 'border-top-style')).toBe('solid');

    await sam.page.keyboard.press('Home');
    expect(await css(sam.rows.nth(0), 'outline-style')).toBe('solid');
    await sam.page.keyboard.press('x');
    await sam.page.keyboard.press('ArrowDown');
    // The focus is on the other one.
    expect(await css(sam.rows.nth(0), 'outline-style')).toBe('dashed');
    const shot = process.env.BELFRY_TEST_SCREENSHOT;
    if (shot !== undefined) await sam.page.screenshot({ path: `${shot}-forced-${colorScheme}.png` });
    expect(sam.faults).toEqual([]);
  });

  it('on paper it is not there, open or not', async () => {
    const sam = await signIn('sam');
    await open(sam);
    await sam.page.emulateMedia({ media: 'print' });
    for (const part of [sam.button, sam.panel, sam.toast]) expect(await part.isVisible()).toBe(false);
    await sam.page.emulateMedia({ media: 'screen' });
    expect(await sam.panel.isVisible()).toBe(true);
  });
});
