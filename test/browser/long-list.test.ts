import { expect, it } from '@jest/globals';
import { type BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

const held = 400;

describeInBrowser('a list of hundreds', ({ office, signIn }) => {
  /** Opened, with all that there is in it. */
  const openFull = async (): Promise<BellPage> => {
    await office().sql('delete from belfry.notifications');
    await office().sql(`insert into tickets (subject) select 'ticket ' || n || repeat(' and more of it', n % 7) from generate_series(1, $1::int) n order by n`, [held]);
    await eventually(async () => (await office().sql('select from belfry.notifications')).rows.length, held);
    const sam = await signIn('sam');
    await sam.page.setViewportSize({ width: 800, height: 600 });
    await sam.bell.evaluate(async (bell) => {
      const { client } = bell as unknown as { client: { snapshot: { hasOlder: boolean; loaded: boolean }; loadOlder(): Promise<void> } };
      while (!client.snapshot.loaded) await new Promise((resolve) => setTimeout(resolve, 20));
      while (client.snapshot.hasOlder) await client.loadOlder();
    });
    await sam.open();
    await sam.bell.locator('.row:focus').waitFor();
    return sam;
  };
  /** Places of the rows that can be seen, top to bottom. */
  const seen = (sam: BellPage): Promise<number[]> => sam.panel.locator('[part=body]').evaluate((body) => {
    const { top, bottom } = body.getBoundingClientRect();
    return [...body.querySelectorAll('.row')].filter((row) => row.getBoundingClientRect().bottom > top && row.getBoundingClientRect().top < bottom)
      .map((row) => Number(row.getAttribute('aria-posinset')));
  });
  const scroll = (sam: BellPage, share: number): Promise<number> => sam.panel.locator('[part=body]').evaluate(
    (body, to) => (body.scrollTop = (body.scrollHeight - body.clientHeight) * to), share);
  const focusedPlace = (sam: BellPage): Promise<string | null> =>
    sam.bell.evaluate((bell) => bell.shadowRoot?.activeElement?.closest('.row')?.getAttribute('aria-posinset') ?? null);
  const run = (places: number[]): number[] => places.map((_, nth) => (places[0] ?? 0) + nth);

  it('has on the page what can be seen and little more, wherever it is scrolled to, each with its place', async () => {
    const sam = await openFull();
    expect(await sam.rows.count()).toBeLessThan(held / 3);
    for (const share of [0, 0.3, 0.9, 0.5, 1]) {
      await scroll(sam, share);
      await eventually(async () => {
        const places = await seen(sam);
        return places.length >= 4 && JSON.stringify(places) === JSON.stringify(run(places)) && Math.abs((places[0] ?? 0) / held - share) < 0.1;
      }, true);
      expect(await sam.rows.count()).toBeLessThan(held / 3);
    }
    expect((await seen(sam)).at(-1)).toBe(held);
    expect(await sam.rows.first().getAttribute('aria-setsize')).toBe(String(held));
    const titles = await sam.rows.evaluateAll((rows) => rows.map((row) => [row.getAttribute('aria-posinset'), row.querySelector('[part=title]')?.textContent]));
    for (const [place, title] of titles) expect(title).toMatch(new RegExp(`^ticket ${held + 1 - Number(place)}( |$)`));
    expect(await sam.bell.locator('[part=day]').first().textContent()).toBe('Today');
  });

  it('is gone through from the keyboard to its end and back', async () => {
    const sam = await openFull();
    const { keyboard } = sam.page;
    await keyboard.press('End');
    await eventually(() => focusedPlace(sam), String(held));
    await eventually(async () => (await seen(sam)).at(-1), held);
    for (let presses = 0; presses < 40; presses++) await keyboard.press('k');
    expect(await focusedPlace(sam)).toBe(String(held - 40));
    await eventually(async () => (await seen(sam)).includes(held - 40), true);
    // Scrolled away from, the row keeps the focus, and the keys go on from it.
    await scroll(sam, 0.2);
    await eventually(async () => ((await seen(sam))[0] ?? held) < held / 2, true);
    expect(await focusedPlace(sam)).toBe(String(held - 40));
    await keyboard.press('j');
    expect(await focusedPlace(sam)).toBe(String(held - 39));
    await eventually(async () => (await seen(sam)).includes(held - 39), true);
    await keyboard.press('Home');
    await eventually(async () => (await seen(sam))[0], 1);
    expect(await focusedPlace(sam)).toBe('1');
    // Of all these rows only this one is in the tab order, with what is in it.
    expect(await sam.rows.evaluateAll((rows) => rows.filter((row) => [row, ...row.querySelectorAll<HTMLElement>('a, button, input')]
      .some((element) => (element as HTMLElement).tabIndex >= 0)).length)).toBe(1);
  });

  it('stays where it is while others come in above, in the middle of it too', async () => {
    const sam = await openFull();
    await scroll(sam, 0.6);
    await eventually(async () => (await seen(sam)).length > 3, true);
    const [, place = 0] = await seen(sam);
    const id = await sam.bell.locator(`.row[aria-posinset="${place}"]`).getAttribute('data-id');
    const row = sam.bell.locator(`.row[data-id="${id}"]`);
    const top = (): Promise<number> => row.evaluate((element) => element.getBoundingClientRect().top);
    const before = await top();
    await office().sql(`insert into tickets (subject) values ('newer'), ('newest')`);
    await eventually(() => row.getAttribute('aria-posinset'), String(place + 2));
    expect(Math.abs(await top() - before)).toBeLessThanOrEqual(1);
    expect(await sam.bell.locator('[part=newer]').textContent()).toBe('2 new');
  });
});
