import { expect, it } from '@jest/globals';
import { type BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

interface Box {
  left: number;
  right: number;
}

/** Where the middle of one lies from the middle of another, both of them parts: to its left or to its right. */
async function side(sam: BellPage, one: string, other: string): Promise<'left' | 'right'> {
  return sam.bell.evaluate((bell, parts) => {
    const [at = 0, from = 0] = parts.map((selector) => {
      const element = [...bell.shadowRoot?.querySelectorAll(selector) ?? []].find((each) => each.checkVisibility());
      if (!element) throw new Error(`no ${selector} to be seen`);
      const { left, right } = element.getBoundingClientRect();
      return (left + right) / 2;
    });
    return at < from ? 'left' : 'right';
  }, [one, other]);
}

const box = (sam: BellPage, selector: string): Promise<Box> => sam.bell.locator(selector).first().evaluate((element) => {
  const { left, right } = element.getBoundingClientRect();
  return { left, right };
});

/** What is wider than its room, in the page and in the bell. */
const overflowing = (sam: BellPage): Promise<string[]> => sam.bell.evaluate((bell) => {
  const within = [...bell.shadowRoot?.querySelectorAll('[part=body], [part=header], [part=filters], [part=selection], [part=stale], [part=undo], .row, [part=menu]') ?? []];
  return [document.documentElement, ...within].filter((element) => element.checkVisibility() && element.scrollWidth > element.clientWidth)
    .map((element) => `${element.getAttribute('part') ?? element.tagName}: ${element.scrollWidth} > ${element.clientWidth}`);
});

/** One part, and another that it stands at the beginning or at the end of. */
const begins = [['.row [part=severity]', '.row .content'], ['[part=heading]', '[part=mark-all]'], ['#tab-all', '#tab-unread'], ['.row [part=toggle]', '.row [part=more]'],
  ['.row .content', '.row .controls'], ['[part=status]', '[part=filter-toggle]']] as const;

describeInBrowser('from right to left', ({ office, signIn }) => {
  const fill = async (sam: BellPage): Promise<void> => {
    await office().sql(`insert into tickets (subject, priority) values ('Where is my refund?', 'normal'), ('أين أموالي؟', 'urgent')`);
    await office().sql(`update tickets set assignee_id = 'sam' where subject like 'Where%'`);
    await eventually(async () => (await sam.heard()).length >= 3, true);
  };
  const shoot = async (sam: BellPage, name: string): Promise<void> => {
    const to = process.env.BELFRY_TEST_SCREENSHOTS;
    if (to !== undefined) await sam.page.screenshot({ path: `${to}/rtl-${name}.png` });
  };

  it.each(['page', 'element'] as const)('the %s: everything is at its other side, and nothing is wider than its room', async (what) => {
    const sam = await signIn('sam');
    await sam.page.emulateMedia({ reducedMotion: 'reduce' });
    await fill(sam);
    await sam.toast.waitFor();
    const turn = (dir: string): Promise<unknown> => sam.bell.evaluate((bell, [on, to]) => {
      (on === 'page' ? document.documentElement : bell as HTMLElement).dir = to;
    }, [what, dir] as const);
    const sides = async (): Promise<string[]> => [
      await side(sam, '[part=badge]', '[part=button]'), await side(sam, '[part=dot]', '[part=button]'),
      ...await Promise.all(begins.map(([one, other]) => side(sam, one, other))),
    ];
    await sam.bell.evaluate((bell) => {
      // What is seen in the open panel has no dot.
      Object.assign(bell, { lookAt: () => undefined });
    });
    await sam.open();
    await turn('ltr');
    expect(await sides()).toEqual(['right', 'right', ...begins.map(() => 'left')]);
    await turn('rtl');
    expect(await sides()).toEqual(['left', 'left', ...begins.map(() => 'right')]);
    for (const [width, height] of [[1200, 700], [700, 600], [360, 640]] as const) {
      await sam.page.setViewportSize({ width, height });
      await sam.page.keyboard.press('Escape');
      await sam.panel.waitFor({ state: 'hidden' });
      await sam.open();
      await sam.bell.locator('.row:focus').waitFor();
      const [button, panel] = [await box(sam, '[part=button]'), await box(sam, '[part=panel]')];
      expect(panel.left).toBeGreaterThanOrEqual(0);
      expect(panel.right).toBeLessThanOrEqual(width);
      // Beside the bell, at its outer edge, wherever in the window that stands.
      if (width > 480) expect(Math.min(Math.abs(button.left - panel.left), Math.abs(button.right - panel.right))).toBeLessThanOrEqual(8);
      await sam.page.keyboard.press('x');
      await sam.page.keyboard.press('/');
      await sam.bell.locator('[part=filters]').waitFor();
      await shoot(sam, `${what}-${width}`);
      // The bell's own words too read as they are written.
      expect(await sam.bell.locator('[part=selection-count]').evaluate((element) => {
        const [first = NaN, last = NaN] = ['1', 'd'].map((letter) => {
          const range = document.createRange();
          const text = element.firstChild ?? element;
          range.setStart(text, element.textContent.indexOf(letter));
          range.setEnd(text, element.textContent.indexOf(letter) + 1);
          return range.getBoundingClientRect().left;
        });
        return first < last;
      })).toBe(true);
      expect(await overflowing(sam)).toEqual([]);
      await sam.page.keyboard.press('Escape');
      await sam.page.keyboard.press('Escape');
      await sam.bell.locator('.row').first().focus();
      await sam.page.keyboard.press('s');
      const menu = await box(sam, '[part=menu]');
      expect(menu.left >= 0 && menu.right <= width).toBe(true);
      await sam.page.keyboard.press('Escape');
      await sam.bell.locator('[part=menu]').waitFor({ state: 'hidden' });
    }
  });

  it('the toast stands beside the bell, with its stripe where it begins', async () => {
    const sam = await signIn('sam');
    await sam.page.evaluate(() => (document.documentElement.dir = 'rtl'));
    await fill(sam);
    await sam.toast.waitFor();
    const [button, toast] = [await box(sam, '[part=button]'), await box(sam, '[part=toast]')];
    expect(Math.min(Math.abs(button.left - toast.left), Math.abs(button.right - toast.right))).toBeLessThanOrEqual(8);
    expect(await sam.toast.evaluate((element) => [getComputedStyle(element).borderRightWidth, getComputedStyle(element).borderLeftWidth])).toEqual(['4px', '1px']);
  });

  it('a change reads from old to new in the direction of its line, and its arrow points so', async () => {
    const sam = await signIn('sam');
    await sam.page.evaluate(() => (document.documentElement.dir = 'rtl'));
    await fill(sam);
    await sam.open();
    const place = (column: string, from: string, to: string): Promise<[boolean, string]> => sam.bell.evaluate((bell, words) => {
      const line = bell.shadowRoot?.querySelector('[part=change]');
      if (!line) throw new Error('no change');
      const [name, old, arrow, now] = ['[part=change-column]', '[part=change-old]', '.arrow', '[part=change-new]'].map((part) => line.querySelector(part));
      [name, old, now].forEach((element, nth) => element && (element.textContent = words[nth] ?? ''));
      const left = (element?: Element | null): number => element?.getBoundingClientRect().left ?? NaN;
      return [left(old) < left(arrow) && left(arrow) < left(now), arrow ? getComputedStyle(arrow).scale : ''];
    }, [column, from, to]);
    await sam.bell.locator('[part=change]').first().waitFor();
    expect(await place('status', 'placed', 'cancelled')).toEqual([true, 'none']);
    expect(await place('status', 'جديد', 'قديم')).toEqual([true, 'none']);
    expect(await place('الحالة', 'جديد', 'قديم')).toEqual([false, '-1 1']);
    expect(await place('الحالة', 'placed', 'cancelled')).toEqual([false, '-1 1']);
  });
});
