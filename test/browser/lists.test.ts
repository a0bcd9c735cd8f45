import { expect, it } from '@jest/globals';
import { type BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

describeInBrowser("the bell's lists", ({ office, signIn }) => {
  const tab = (page: BellPage, name: string): ReturnType<BellPage['bell']['getByRole']> => page.bell.getByRole('tab', { name: new RegExp(`^${name}`) });
  const row = (page: BellPage, title: string): BellPage['rows'] => page.rows.filter({ hasText: title });
  const choose = async (page: BellPage, title: string, what: string): Promise<void> => {
    await row(page, title).locator('[part=more]').click();
    await page.bell.getByRole('menuitem', { name: what, exact: true }).click();
  };
  const write = async (page: BellPage, ...subjects: string[]): Promise<void> => {
    await office().sql('insert into tickets (subject) select unnest($1::text[])', [subjects]);
    await eventually(async () => (await page.heard()).filter((title) => subjects.includes(title)).length, subjects.length);
  };

  it('put away and take back, on every device, and count', async () => {
    const [here, there] = [await signIn('sam'), await signIn('sam')];
    await write(here, 'tap drips', 'door sticks', 'lamp flickers');
    for (const device of [here, there]) await device.open();
    await tab(here, 'Unread').click();
    await eventually(async () => Number(await here.unread()) === (await here.rows.count()), true);
    const before = Number(await here.unread());
    await tab(here, 'All').click();
    await choose(here, 'tap drips', 'Archive');
    for (const device of [here, there]) await row(device, 'tap drips').waitFor({ state: 'hidden' });
    await eventually(() => there.unread(), String(before - 1));
    await eventually(() => tab(here, 'Archived').innerText(), 'Archived\n1');
    await here.bell.getByRole('button', { name: 'Undo' }).click();
    for (const device of [here, there]) await row(device, 'tap drips').waitFor();
    await eventually(() => there.unread(), String(before));

    await row(here, 'door sticks').focus();
    await here.page.keyboard.press('e');
    await row(here, 'door sticks').waitFor({ state: 'hidden' });
    await tab(here, 'Archived').click();
    await row(here, 'door sticks').waitFor();
    expect(await here.rows.count()).toBe(1);
    await row(here, 'door sticks').focus();
    await here.page.keyboard.press('e');
    await here.bell.getByText('The archive is empty').waitFor();
    await tab(here, 'All').click();
    await row(here, 'door sticks').waitFor();

    await row(here, 'lamp flickers').focus();
    await here.page.keyboard.press('s');
    await here.page.keyboard.press('Enter');
    for (const device of [here, there]) await row(device, 'lamp flickers').waitFor({ state: 'hidden' });
    await tab(here, 'Snoozed').click();
    await row(here, 'lamp flickers').getByText('asleep until').waitFor();
    await here.page.keyboard.press('z');
    await tab(here, 'All').click();
    for (const device of [here, there]) await row(device, 'lamp flickers').waitFor();
  });

  it('say who has taken something on, at once and to everybody, and whom it is left to', async () => {
    const [sam, dana] = [await signIn('sam'), await signIn('dana')];
    await write(sam, 'server room is hot');
    for (const page of [sam, dana]) await page.open();
    await row(dana, 'server room is hot').waitFor();
    await choose(sam, 'server room is hot', 'I take it');
    await row(sam, 'server room is hot').getByText('you are on it').waitFor();
    await row(dana, 'server room is hot').getByText('sam is on it').waitFor();
    await tab(dana, 'Unread').click();
    await eventually(async () => (await dana.titles()).includes('server room is hot'), false);
    await eventually(async () => Number(await dana.unread()) === (await dana.rows.count()), true);
    await row(sam, 'server room is hot').focus();
    await sam.page.keyboard.press('c');
    await eventually(async () => (await dana.titles()).includes('server room is hot'), true);
  });

  it('take back what the server refuses: somebody was faster', async () => {
    const sam = await signIn('sam');
    await write(sam, 'printer is jammed');
    await sam.open();
    await sam.page.route('**/claim', (route) => route.fulfill({
      status: 409, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Conflict', detail: 'dana has it', claimedBy: 'dana' }) }));
    await choose(sam, 'printer is jammed', 'I take it');
    await sam.bell.locator('[part=notice]').getByText('dana is on it already.').waitFor();
    expect(await row(sam, 'printer is jammed').innerText()).not.toContain('you are on it');
  });

  it('find by words, by severity and by topic, and go by topic', async () => {
    const dana = await signIn('dana');
    await office().sql(`insert into orders (customer_name, total_cents) values ('Somebody', 4200)`);
    await write(dana, 'needle in a haystack');
    await dana.open();
    const hasOrders = async (): Promise<boolean> => (await dana.titles()).some((title) => title.startsWith('New order'));
    await eventually(hasOrders, true);
    await dana.bell.getByRole('button', { name: 'Search and filter' }).click();
    expect(await dana.focused()).toBe('search');
    await dana.page.keyboard.type('NEEDLE');
    await eventually(() => dana.titles(), ['needle in a haystack']);
    await dana.page.keyboard.press('Escape');
    await eventually(hasOrders, true);
    await dana.page.keyboard.press('/');
    await dana.bell.getByLabel('Any topic').selectOption('ticket.opened');
    await eventually(async () => !(await hasOrders()) && (await dana.titles()).includes('needle in a haystack'), true);
    await dana.bell.getByLabel('Any topic').selectOption('');
    await dana.bell.getByLabel('Group by').selectOption('topic');
    await eventually(async () => (await dana.bell.locator('[part=day]').allTextContents()).includes('order.created'), true);
  });

  it('say what is for the admin by name, and have it in its tab at once', async () => {
    const [dana, sam] = [await signIn('dana'), await signIn('sam')];
    await write(sam, 'roof leaks');
    await sam.open();
    await tab(sam, 'For me').click();
    await sam.bell.getByText('Nothing is addressed to you alone').waitFor();
    // The list is not asked for again: what comes is told.
    await sam.page.route('**/v1/notifications?*', () => undefined);
    await office().sql(`update tickets set assignee_id = 'sam' where subject = 'roof leaks'`);
    await row(sam, 'Assigned to you: roof leaks').getByText('For you').waitFor();
    expect(await sam.rows.count()).toBe(1);
    await eventually(() => tab(sam, 'For me').innerText(), 'For me\n1');
    await tab(sam, 'All').click();
    await row(sam, 'Assigned to you: roof leaks').getByText('For you').waitFor();
    expect(await row(sam, 'roof leaks').last().getByText('For you').isVisible()).toBe(false);
    await office().sql(`update tickets set assignee_id = 'dana' where subject = 'roof leaks'`);
    await dana.open();
    await row(dana, 'Assigned to you: roof leaks').getByText('For you').waitFor();
  });

  it('do to several at once what is asked for once', async () => {
    const sam = await signIn('sam');
    await write(sam, 'first', 'second', 'third');
    await sam.open();
    for (const title of ['first', 'third']) {
      await row(sam, title).focus();
      await sam.page.keyboard.press('x');
    }
    await sam.bell.getByText('2 selected').waitFor();
    await sam.bell.locator('[part=selection-archive]').click();
    await eventually(async () => (await sam.titles()).filter((title) => ['first', 'second', 'third'].includes(title)), ['second']);
    await sam.page.keyboard.press('Escape');
    await sam.open();
    await eventually(async () => (await sam.titles()).includes('third'), false);
  });
});
