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
    const other = await signIn('dana');
    expect(await other.page.getByRole('switch', { name: 'Busy day' }).isChecked()).toBe(true);
    await dana.page.getByRole('switch', { name: 'Busy day' }).uncheck();
    const busy = async (): Promise<unknown> => (await dana.page.request.get(`${office().url}/shop/busy`)).json();
    await eventually(busy, { perSecond: 0 });
    expect(dana.faults).toEqual([]);
  });
});
