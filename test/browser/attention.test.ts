import { expect, it } from '@jest/globals';
import { BellPage, eventually } from './bell-page.js';
import { listen, noiseIn, prefer, type Noise } from './noise.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('the bell draws attention', ({ office, signIn }) => {
  const open = (...subjects: string[]): Promise<unknown> =>
    office().sql(`insert into tickets (subject, priority) select s, 'urgent' from unnest($1::text[]) s`, [subjects]);
  const title = ({ page }: BellPage): Promise<string> => page.title();

  it('by the page’s title, whatever the page calls itself meanwhile', async () => {
    const sam = await signIn('sam');
    const own = await sam.page.title();
    await open('one', 'two');
    await eventually(() => title(sam), `(2) ${own}`);
    await sam.page.evaluate(() => { document.title = 'Order #7'; });
    await eventually(() => title(sam), '(2) Order #7');
    await prefer(sam, { title: false });
    await eventually(() => title(sam), 'Order #7');
    await prefer(sam, {});
    await eventually(() => title(sam), '(2) Order #7');
    // What swaps pages brings back what it kept, with the number of then.
    await open('three');
    await eventually(() => title(sam), '(3) Order #7');
    await sam.page.evaluate(() => { document.title = '(2) Order #6'; });
    await eventually(() => title(sam), '(3) Order #6');
    await sam.page.evaluate(() => { document.title = 'Order #7'; });
    await eventually(() => title(sam), '(3) Order #7');
    await sam.bell.evaluate((bell) => bell.remove());
    await eventually(() => title(sam), 'Order #7');
  });

  it('by sound and desktop in one tab alone, as far as is wished, and never for what is caught up with', async () => {
    const first = await signIn('sam');
    const context = first.page.context();
    await listen(context);
    await first.page.reload();
    await first.becomes('live');
    const tabs = [first, await BellPage.open(context, office())];
    for (const tab of tabs) {
      await prefer(tab, { toast: { minSeverity: 'none' }, sound: { minSeverity: 'critical' }, desktop: { minSeverity: 'critical' } });
      await tab.page.mouse.click(5, 5);
    }
    const all = async (): Promise<Noise> => {
      const [a, b] = await Promise.all(tabs.map(noiseIn));
      return { tones: (a?.tones ?? 0) + (b?.tones ?? 0), desktop: [...(a?.desktop ?? []), ...(b?.desktop ?? [])] };
    };
    await office().sql(`insert into tickets (subject) values ('mild')`);
    await open('the shop is down');
    // A critical one has three tones.
    await eventually(async () => (await all()).tones, 3);
    expect((await all()).desktop).toEqual([{ text: 'Critical: the shop is down', tag: expect.stringMatching(/^belfry-\d+$/) }]);
    for (const tab of tabs) expect(await tab.toast.isVisible()).toBe(false);

    office().wire.cut();
    for (const tab of tabs) await tab.becomes('offline');
    await open('while away');
    office().wire.mend();
    for (const tab of tabs) await tab.becomes('live');
    await open('back again');
    await eventually(async () => (await all()).tones, 6);
    expect((await all()).desktop.map(({ text }) => text)).toEqual(['Critical: the shop is down', 'Critical: back again']);
  });

  it('by one of a page’s bells, which can be seen', async () => {
    const sam = await signIn('sam');
    const toasts = sam.page.locator('belfry-bell [part=toast]:popover-open');
    const voices = (): Promise<string[]> => sam.page.locator('belfry-bell [aria-live=polite]').allTextContents();
    await sam.page.evaluate(() => {
      for (const bell of document.querySelectorAll('belfry-bell')) bell.style.display = 'none';
      for (let n = 0; n < 2; n += 1) document.body.append(document.createElement('belfry-bell'));
    });
    await sam.page.locator('belfry-bell [part=button].live').nth(2).waitFor({ state: 'attached' });
    await open('one of three');
    await eventually(voices, ['', 'Critical: one of three', '']);
    expect(await toasts.count()).toBe(1);
    await toasts.getByText('one of three').waitFor();
  });

  it('by nothing in quiet hours', async () => {
    const sam = await signIn('sam');
    await prefer(sam, { quietHours: { from: '00:00', to: '24:00', timeZone: 'UTC' } });
    await open('in the night');
    await eventually(async () => (await sam.heard()).at(-1), 'in the night');
    await prefer(sam, {});
    await open('in the morning');
    await eventually(() => sam.toast.textContent(), 'Critical: in the morning');
  });

  it('by what stands until it is acknowledged, on any device, without taking the keys from whoever types', async () => {
    const [here, there] = [await signIn('sam'), await signIn('sam')];
    const alertIn = ({ bell }: BellPage): ReturnType<typeof bell.getByRole> => bell.getByRole('alertdialog');
    for (const device of [here, there]) await prefer(device, { acknowledgeCritical: true });
    await here.page.evaluate(() => document.body.append(Object.assign(document.createElement('input'), { id: 'note' })));
    await here.page.locator('#note').focus();
    await open('pump 3 has stopped');
    for (const device of [here, there]) await alertIn(device).waitFor();
    await here.page.keyboard.type('typed on');
    expect(await here.page.locator('#note').inputValue()).toBe('typed on');
    expect(await alertIn(here).locator('p').textContent()).toBe('Critical: pump 3 has stopped');
    if (process.env.BELFRY_TEST_SCREENSHOT !== undefined) await here.page.screenshot({ path: process.env.BELFRY_TEST_SCREENSHOT });
    await alertIn(there).getByRole('button', { name: 'Acknowledge' }).click();
    for (const device of [here, there]) await alertIn(device).waitFor({ state: 'hidden' });
    // Gone from the other device, which the server alone can tell.
    await eventually(async () => (await here.unread()) === (await there.unread()), true);
  });
});
