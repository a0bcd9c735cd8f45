import { expect, it } from '@jest/globals';
import { eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('the back office', ({ office, signIn }) => {
  it('shows a row where a notification leads to it, without leaving the page', async () => {
    const ann = await signIn('ann');
    await ann.page.getByRole('button', { name: 'Place an order' }).click();
    await eventually(async () => (await ann.heard()).length, 1);
    await ann.page.evaluate(() => Object.assign(window, { same: true }));
    await ann.open();
    await ann.rows.first().getByRole('link').click();
    await ann.page.waitForURL(/\/orders\/\d+$/);
    expect(await ann.page.evaluate(() => 'same' in window)).toBe(true);
    const number = /\d+$/.exec(ann.page.url())?.[0] ?? '';
    expect(await ann.page.locator('tr.pointed td').first().textContent()).toBe(`#${number}`);
    await ann.page.reload();
    await ann.page.locator('tr.pointed').waitFor();
  });

  it('follows rows that others write, and says what the shop refuses', async () => {
    const ann = await signIn('ann');
    const order = ann.page.locator('#orders tbody tr').first();
    await office().sql(`insert into orders (customer_name, total_cents, currency) values ('Zoë', 9007199254740993, 'EUR')`);
    await order.getByText('Zoë').waitFor();
    await order.getByText('€90,071,992,547,409.93').waitFor();
    await ann.page.context().route('**/cancel', (route) => route.continue({ url: `${office().url}/shop/orders/999999/cancel` }));
    await order.getByRole('button', { name: 'Cancel' }).click();
    await ann.page.getByText('There is no order 999999.').waitFor();
    await ann.page.context().unroute('**/cancel');
    await order.getByRole('button', { name: 'Cancel' }).click();
    await order.getByText('cancelled').waitFor();
    expect(await ann.page.getByText('There is no order 999999.').isVisible()).toBe(false);
  });

  it('has a busy day at the rate that was chosen, seen in the metrics', async () => {
    const dana = await signIn('dana');
    await dana.page.getByRole('slider', { name: 'Rows a second' }).fill('50');
    await dana.page.getByRole('switch', { name: 'Busy day' }).check();
    await dana.page.getByText('50 rows a second').waitFor();
    const perMinute = async (): Promise<number> => Number(await dana.page.locator('#metrics dd').last().textContent());
    await eventually(async () => (await perMinute()) > 20, true);
    const plot = dana.page.locator('#metrics').getByRole('img').last();
    await eventually(async () => (await plot.getAttribute('aria-label'))?.startsWith('in the last two minutes from '), true);
    await eventually(async () => /^M.*L/.test((await plot.locator('path').getAttribute('d')) ?? ''), true);
    const other = await signIn('dana');
    expect(await other.page.getByRole('switch', { name: 'Busy day' }).isChecked()).toBe(true);
    await dana.page.getByRole('switch', { name: 'Busy day' }).uncheck();
    const busy = async (): Promise<unknown> => (await dana.page.request.get(`${office().url}/shop/busy`)).json();
    await eventually(busy, { perSecond: 0 });
    expect(dana.faults).toEqual([]);
  });

  it('goes away and comes back, to all that others wrote meanwhile, once, without a word of it', async () => {
    const ann = await signIn('ann');
    await office().sql(`insert into orders (customer_name, total_cents) values ('Before', 100)`);
    await eventually(async () => (await ann.heard()).length, 1);
    await ann.page.getByRole('button', { name: 'Go away' }).click();
    await ann.becomes('stopped');
    await ann.page.getByText('Away since').waitFor();
    await office().sql(`insert into orders (customer_name, total_cents) select 'Meanwhile ' || n, 100 from generate_series(1, 25) n`);
    const unread = async (): Promise<unknown> => (await ann.page.request.get(`${office().url}/v1/notifications?limit=1`)).json();
    await eventually(async () => ((await unread()) as { data: { body: string }[] }).data[0]?.body, 'Meanwhile 25, €1.00');
    await ann.page.getByRole('button', { name: 'Come back' }).click();
    await ann.page.getByText('25 came meanwhile: 0 lost, 0 doubled.').waitFor();
    expect(await ann.heard()).toHaveLength(1);
    await ann.open();
    expect(await ann.rows.locator('[part=text]').filter({ hasText: 'Meanwhile' }).count()).toBe(25);
    expect(ann.faults).toEqual([]);
  });

  it('lists the rules and how they fare, and sends a test to whoever asks, and nobody else', async () => {
    const [ann, dana] = [await signIn('ann'), await signIn('dana')];
    await ann.page.getByRole('link', { name: 'Rules' }).click();
    await ann.page.waitForURL('**/rules');
    const rule = ann.page.locator('[data-topic="order.created"]');
    await rule.getByText('insert of public.orders').waitFor();
    await rule.getByText('role:sales').waitFor();
    await rule.getByText('installed').waitFor();
    expect(await ann.page.locator('#office').isVisible()).toBe(false);
    await rule.getByRole('button', { name: 'Send me a test of order.created' }).click();
    await rule.getByText('Sent to user:ann').waitFor();
    await eventually(async () => (await ann.heard()).filter((title) => title.includes('New order')).length, 1);
    // What everybody in sales hears comes after it: had the test been for them, they would have heard it before.
    await office().sql(`insert into orders (customer_name, total_cents) values ('For all', 100)`);
    await eventually(async () => (await dana.heard()).length, 1);
    await ann.page.reload();
    await rule.getByText(/[1-9]\d* times, last at/).waitFor();
    expect(ann.faults).toEqual([]);
  });

  it('looks as it is told to, and still does after a reload', async () => {
    const ann = await signIn('ann');
    await ann.page.getByLabel('Light or dark').selectOption('dark');
    await ann.page.getByLabel('Direction').selectOption('rtl');
    await ann.page.getByLabel('The bell speaks').selectOption('zh');
    await eventually(async () => (await ann.button.getAttribute('aria-label'))?.startsWith('通知'), true);
    await ann.page.reload();
    await ann.becomes('live');
    expect(await ann.page.evaluate(() => [getComputedStyle(document.body).direction, getComputedStyle(document.documentElement).colorScheme]))
      .toEqual(['rtl', 'dark']);
    await eventually(async () => (await ann.button.getAttribute('aria-label'))?.startsWith('通知'), true);
    await ann.page.setViewportSize({ width: 390, height: 800 });
    expect(await ann.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(ann.faults).toEqual([]);
  });
});
