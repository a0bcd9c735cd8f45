import { expect, it } from '@jest/globals';
import { BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('preferences', ({ office, signIn }) => {
  const ticket = (subject: string): Promise<unknown> => office().sql('insert into tickets (subject) values ($1)', [subject]);
  const kept = async ({ page }: BellPage): Promise<Record<string, unknown>> =>
    (await page.request.get(`${office().url}/v1/preferences`)).json() as Promise<Record<string, unknown>>;
  const topics = ({ bell }: BellPage): Promise<string[]> =>
    bell.evaluate((element) => (element as HTMLElement & { items: { topic: string }[] }).items.map(({ topic }) => topic));
  const choose = async (tab: BellPage): Promise<void> => {
    await tab.open();
    await tab.bell.getByRole('button', { name: 'Preferences' }).click();
  };

  it('are chosen in the bell, hold in every tab at once, and on the next device', async () => {
    const dana = await signIn('dana');
    const other = await BellPage.open(dana.page.context(), office());
    await choose(dana);
    await dana.bell.getByRole('combobox', { name: 'Toast' }).selectOption('for “Critical” alone');
    const timeZone = await dana.page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
    await dana.bell.getByRole('checkbox', { name: 'Quiet hours' }).check();
    await dana.bell.getByRole('textbox', { name: 'From' }).fill('00:00');
    await eventually(async () => (await kept(dana)).quietHours, { from: '00:00', to: '07:00', timeZone });
    await dana.bell.getByRole('checkbox', { name: 'Quiet hours' }).uncheck();
    await eventually(async () => (await kept(dana)).quietHours, null);
    await eventually(() => other.bell.evaluate((bell) => (bell as HTMLElement & { preferences: { toast: object } }).preferences.toast), { minSeverity: 'critical' });
    await ticket('No toast');
    await eventually(() => other.voice.textContent(), 'No toast');
    expect(await other.toast.isVisible()).toBe(false);

    const device = await signIn('dana');
    await choose(device);
    await eventually(() => device.bell.getByRole('combobox', { name: 'Toast' }).inputValue(), 'critical');
    await device.bell.getByRole('checkbox', { name: 'ticket.opened' }).check();
    await eventually(async () => (await kept(device)).mutedTopics, ['ticket.opened']);
    // The device that was there before hears of it, with nothing asked for.
    await eventually(() => dana.bell.evaluate((bell) => (bell as HTMLElement & { preferences: { mutedTopics: string[] } }).preferences.mutedTopics), ['ticket.opened']);
    await device.bell.getByRole('button', { name: 'Done' }).click();
    // It was there, and is not any more.
    await eventually(async () => (await topics(device)).includes('ticket.opened'), false);
    await ticket('Not a word');
    await office().sql(`update tickets set assignee_id = 'dana' where subject = 'Not a word'`);
    await eventually(() => device.voice.textContent(), 'Assigned to you: Not a word');
    // What is muted is in no list any more, wherever it was before, and does not come.
    for (const tab of [dana, device]) await eventually(async () => (await topics(tab)).includes('ticket.opened'), false);
    expect(await device.heard()).toEqual(['Assigned to you: Not a word']);
    await dana.bell.getByRole('checkbox', { name: 'ticket.opened' }).uncheck();
    for (const tab of [dana, other, device]) await eventually(async () => (await topics(tab)).includes('ticket.opened'), true);
    expect([...dana.faults, ...device.faults]).toEqual([]);
  });

  it('go back to what was where the server does not keep them, and say so', async () => {
    const sam = await signIn('sam');
    await choose(sam);
    await sam.page.context().route('**/v1/preferences', (route) => route.request().method() === 'PUT'
      ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"Not now"}' }) : route.continue());
    const title = sam.bell.getByRole('checkbox', { name: 'Unread number' });
    await title.click();
    await sam.bell.getByText('That did not work: Not now').waitFor();
    await eventually(() => title.isChecked(), true);
    expect((await kept(sam)).title).toBe(true);
  });

  it('are reached from the keyboard, and leave the list’s keys alone', async () => {
    const sam = await signIn('sam');
    const { keyboard } = sam.page;
    await sam.open();
    await sam.bell.getByRole('button', { name: 'Preferences' }).focus();
    await keyboard.press('Enter');
    await eventually(() => sam.focused(), 'SELECT');
    await keyboard.press('ArrowDown');
    await eventually(async () => (await kept(sam)).toast, { minSeverity: 'success' });
    await sam.bell.getByRole('checkbox', { name: 'Unread number' }).focus();
    for (const key of ['ArrowDown', '?', '/']) await keyboard.press(key);
    expect(await sam.focused()).toBe('INPUT');
    await keyboard.press('Escape');
    await sam.panel.waitFor({ state: 'hidden' });
    expect(await sam.focused()).toBe('button');
    await sam.open();
    for (const part of ['settings', 'help', 'filters']) expect(await sam.bell.locator(`[part=${part}]`).isVisible()).toBe(false);
  });

  it('say no to the desktop where the browser does, and are the page’s where it has its own', async () => {
    const sam = await signIn('sam');
    await choose(sam);
    const desktop = sam.bell.getByRole('combobox', { name: 'Desktop notification' });
    await desktop.selectOption('for everything');
    await sam.bell.getByText('The browser does not allow').waitFor();
    await eventually(() => desktop.inputValue(), 'none');
    await sam.bell.evaluate((bell) => Object.assign(bell, { preferences: { title: false } }));
    await sam.bell.getByRole('button', { name: 'Preferences' }).waitFor({ state: 'hidden' });
    expect(await sam.bell.locator('[part=settings]').isVisible()).toBe(false);
    expect(sam.faults).toEqual([]);
  });
});
