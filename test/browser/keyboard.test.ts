import { expect, it } from '@jest/globals';
import { eventually, type BellPage } from './bell-page.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('without a mouse', ({ office, signIn }) => {
  const focusedTitle = (tab: BellPage): Promise<string | null> => tab.page.evaluate(() => {
    const inner = document.querySelector('belfry-bell')?.shadowRoot?.activeElement;
    return inner?.closest('.row')?.querySelector('[part=title]')?.textContent ?? null;
  });

  it('opens, goes through the list, marks, follows and closes', async () => {
    const sam = await signIn('sam');
    const { keyboard } = sam.page;
    await office().sql(`insert into tickets (subject) values ('one'), ('two'), ('three')`);
    await eventually(async () => (await sam.heard()).length, 3);
    await sam.button.focus();
    await keyboard.press('Enter');
    await eventually(() => focusedTitle(sam), 'three');
    expect(await sam.button.getAttribute('aria-expanded')).toBe('true');

    await keyboard.press('ArrowDown');
    expect(await focusedTitle(sam)).toBe('two');
    await keyboard.press('m');
    await eventually(() => sam.unread(), '2');
    await keyboard.press('u');
    await eventually(() => sam.unread(), '3');
    await keyboard.press('End');
    expect(await focusedTitle(sam)).toBe('one');
    await keyboard.press('ArrowDown');
    expect(await focusedTitle(sam)).toBe('one');
    await keyboard.press('Home');
    expect(await focusedTitle(sam)).toBe('three');
    for (const [key, title] of [['j', 'two'], ['PageDown', 'one'], ['k', 'two'], ['PageUp', 'three']] as const) {
      await keyboard.press(key);
      expect(await focusedTitle(sam)).toBe(title);
    }
    await keyboard.press('Control+Home');
    expect(await sam.focused()).toBe('mark-all');
    await keyboard.press('Control+End');
    expect(await focusedTitle(sam)).toBe('three');
    await keyboard.press('Tab');
    expect(await sam.focused()).toBe('title');
    await keyboard.press('Tab');
    expect(await sam.focused()).toBe('toggle');

    await keyboard.press('Escape');
    await sam.panel.waitFor({ state: 'hidden' });
    expect(await sam.focused()).toBe('button');
    expect(await sam.button.getAttribute('aria-expanded')).toBe('false');

    await keyboard.press('ArrowDown');
    await eventually(() => focusedTitle(sam), 'three');
    await keyboard.press('Enter');
    await sam.page.waitForURL(/\/tickets\/\d+$/);
    await sam.panel.waitFor({ state: 'hidden' });
    await eventually(() => sam.unread(), '2');

    await sam.button.focus();
    await keyboard.press('Space');
    await sam.panel.waitFor();
    await keyboard.press('Shift+A');
    await eventually(() => sam.unread(), '');
  });

  it('is back where it was from the keys’ list and from a row’s menu, and where somebody clicked meanwhile', async () => {
    const sam = await signIn('sam');
    const { keyboard } = sam.page;
    await office().sql(`insert into tickets (subject) values ('here'), ('there')`);
    await eventually(async () => (await sam.heard()).length, 2);
    await sam.button.press('Enter');
    await eventually(() => focusedTitle(sam), 'there');
    await keyboard.press('j');
    for (const close of ['?', 'Escape']) {
      await keyboard.press('?');
      expect(await sam.focused()).toBe('help');
      await keyboard.press(close);
      expect(await focusedTitle(sam)).toBe('here');
    }
    await keyboard.press('s');
    expect(await sam.focused()).toBe('menu-item');
    // At once, before the browser tells of what it closed.
    await keyboard.press('Escape');
    expect(await sam.focused()).toBe('more');
    await keyboard.press('/');
    await sam.rows.first().locator('[part=more]').click();
    await sam.bell.locator('[part=menu]').waitFor();
    await sam.bell.locator('[part=search]').click();
    await sam.bell.locator('[part=menu]').waitFor({ state: 'hidden' });
    await keyboard.type('er');
    expect(await sam.bell.locator('[part=search]').inputValue()).toBe('er');
  });

  it('keeps the focus where it is while others arrive above', async () => {
    const sam = await signIn('sam');
    await office().sql(`insert into tickets (subject) values ('mine')`);
    await eventually(async () => (await sam.heard()).length, 1);
    await sam.button.press('Enter');
    await eventually(() => focusedTitle(sam), 'mine');
    await office().sql(`insert into tickets (subject) values ('newer'), ('newest')`);
    await eventually(async () => (await sam.titles()).slice(0, 3), ['newest', 'newer', 'mine']);
    expect(await focusedTitle(sam)).toBe('mine');
    await sam.page.keyboard.press('ArrowUp');
    expect(await focusedTitle(sam)).toBe('newer');
  });

  it('goes back to the list from what has done its work and is gone', async () => {
    const sam = await signIn('sam');
    const { keyboard } = sam.page;
    await office().sql(`insert into tickets (subject) values ('low'), ('middle'), ('high')`);
    await eventually(async () => (await sam.heard()).length, 3);
    await sam.button.press('Enter');
    await eventually(() => focusedTitle(sam), 'high');
    for (const [button, title] of [['Clear', 'high'], ['Archive', 'middle']] as const) {
      await keyboard.press('x');
      await sam.bell.locator('[part=selection]').getByRole('button', { name: button }).press('Enter');
      await sam.bell.locator('[part=selection]').waitFor({ state: 'hidden' });
      await eventually(() => focusedTitle(sam), title);
    }
    await sam.bell.getByRole('button', { name: 'Undo' }).press('Enter');
    await sam.bell.locator('[part=undo]').waitFor({ state: 'hidden' });
    await eventually(() => focusedTitle(sam), 'middle');
    await eventually(async () => (await sam.titles()).slice(0, 3), ['high', 'middle', 'low']);
  });

  it('says of how many a row is one, once that is known', async () => {
    const sam = await signIn('sam');
    await office().sql(`insert into tickets (subject) select 'ticket ' || n from generate_series(1, 30) n`);
    await sam.page.reload();
    await sam.becomes('live');
    // So low that the list's end is far.
    await sam.page.setViewportSize({ width: 800, height: 300 });
    await sam.open();
    await eventually(() => sam.rows.first().getAttribute('aria-posinset'), '1');
    expect(await sam.rows.first().getAttribute('aria-setsize')).toBe('-1');
    await eventually(async () => {
      await sam.page.keyboard.press('End');
      return Number(await sam.rows.first().getAttribute('aria-setsize')) === await sam.rows.count();
    }, true);
    expect(await sam.rows.last().getAttribute('aria-posinset')).toBe(await sam.rows.last().getAttribute('aria-setsize'));
  });

  it('says what a screen reader needs, and says it once', async () => {
    const sam = await signIn('sam');
    await office().sql(`insert into tickets (subject, priority) values ('Fire', 'urgent')`);
    await eventually(() => sam.voice.textContent(), 'Critical: Fire');
    await sam.open();
    const first = sam.page.getByRole('feed', { name: 'Notifications' }).getByRole('article').first();
    expect(await first.getAttribute('aria-posinset')).toBe('1');
    await sam.page.getByRole('dialog', { name: 'Notifications' }).waitFor();
    await sam.page.getByRole('article', { name: 'Unread. Critical: Fire' }).waitFor();
    await first.getByRole('button', { name: 'Mark as read' }).click();
    await sam.page.getByRole('article', { name: /^Critical: Fire$/ }).waitFor();
    await sam.page.reload();
    await sam.becomes('live');
    expect(await sam.voice.textContent()).toBe('');
  });
});
