import { expect, it } from '@jest/globals';
import { BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('the bell rings', ({ office, browser, signIn }) => {
  it('signs in on the page, and counts an order placed on it', async () => {
    const page = await (await browser().newContext()).newPage();
    await page.goto(office().url);
    await page.getByRole('button', { name: 'Ann' }).click();
    await page.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
    const rows = page.locator('#orders tbody tr');
    await rows.first().waitFor();
    const before = await rows.count();
    await page.getByRole('button', { name: 'Place an order' }).click();
    await page.getByRole('button', { name: 'Notifications, 1 unread' }).click();
    await page.getByRole('article').getByText('New order #').waitFor();
    await eventually(() => rows.count(), before + 1);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Who are you today?' }).waitFor();
  });

  it('for a row that any program wrote, at those whose roles hear of it and at nobody else', async () => {
    const [fay, sam] = await Promise.all([signIn('fay'), signIn('sam')]);
    const fresh = [await fay.unread(), await sam.unread()];
    expect(fresh).toEqual(['', '']);
    await office().sql(`insert into tickets (subject, priority) values ('It burns', 'urgent')`);
    await eventually(() => sam.heard(), ['It burns']);
    await eventually(() => sam.unread(), '1');
    await eventually(() => sam.toast.textContent(), 'Critical: It burns');
    await office().sql(`update orders set status = 'cancelled' where id = (select max(id) from orders where status = 'placed')`);
    await eventually(() => fay.unread(), '1');
    expect(await fay.heard()).toEqual([expect.stringMatching(/^Order #\d+ was cancelled$/)]);
    expect(await sam.unread()).toBe('1');
  });

  it('and follows in the other tab what is read in this one', async () => {
    const one = await signIn('dana');
    const two = await BellPage.open(one.page.context(), office());
    const all = Number(await one.unread()) + 3;
    await office().sql(`insert into tickets (subject) values ('first'), ('second'), ('third')`);
    await eventually(() => two.heard(), ['first', 'second', 'third']);
    // Counts come a moment after what they count.
    await Promise.all([one, two].map((tab) => eventually(() => tab.unread(), String(all))));
    await two.open();
    await one.open();
    await one.rows.filter({ hasText: 'second' }).getByRole('button', { name: 'Mark as read' }).click();
    await eventually(() => two.unread(), String(all - 1));
    await two.rows.filter({ hasText: 'second' }).getByRole('button', { name: 'Mark as unread' }).click();
    await eventually(() => one.unread(), String(all));
    await one.panel.getByRole('button', { name: 'Mark all read' }).click();
    await eventually(() => two.unread(), '');
    await eventually(() => two.rows.and(two.page.locator('.unread')).count(), 0);
    await office().sql(`insert into tickets (subject) values ('fourth')`);
    await eventually(() => two.unread(), '1');
  });

  it('shows a dot for what has not been looked at, until the panel is opened on any device', async () => {
    const [here, there] = await Promise.all([signIn('sam'), signIn('sam')]);
    await office().sql(`insert into tickets (subject) values ('look')`);
    await eventually(() => there.heard(), ['look']);
    await eventually(() => here.heard(), ['look']);
    await here.dot.waitFor();
    await there.dot.waitFor();
    await here.open();
    await there.dot.waitFor({ state: 'hidden' });
    await here.dot.waitFor({ state: 'hidden' });
    expect(await there.unread()).not.toBe('');
    // While it is open, what arrives is seen as it arrives.
    await office().sql(`insert into tickets (subject) values ('seen at once')`);
    await eventually(async () => (await here.titles())[0], 'seen at once');
    await eventually(() => there.heard(), ['look', 'seen at once']);
    await here.dot.waitFor({ state: 'hidden' });
    await there.dot.waitFor({ state: 'hidden' });
  });

  it('knows as seen what is there when it is opened, also before its counts have come', async () => {
    const sam = await signIn('sam');
    await office().sql(`insert into tickets (subject) values ('quick')`);
    await eventually(() => sam.heard(), ['quick']);
    await sam.bell.evaluate((bell) => (bell as unknown as { open(): void }).open());
    const unseen = async (): Promise<unknown> => {
      const { unseen: { count } } = await (await sam.page.request.get(`${office().url}/v1/notifications/counts`)).json() as
        { unseen: { count: number } };
      return count;
    };
    await eventually(unseen, 0);
    await sam.dot.waitFor({ state: 'hidden' });
  });

  it('gives older ones page by page, each once, without a hole', async () => {
    const ann = await signIn('ann');
    await office().sql(`insert into orders (customer_name, total_cents) select 'C' || n, n from generate_series(1, 55) n`);
    await eventually(async () => (await ann.heard()).length, 55);
    await ann.page.reload();
    await ann.becomes('live');
    await ann.open();
    await eventually(() => ann.rows.count(), 20);
    // They come as the end of the list comes near, and nothing moves; where they do not, the button says so, and does it.
    const body = ann.panel.locator('[part=body]');
    const context = ann.page.context();
    await context.route('**/v1/notifications?*before=*', (route) => route.abort());
    await body.evaluate((element) => (element.scrollTop = element.scrollHeight));
    const failed = ann.panel.getByRole('button', { name: 'Could not load older ones. Try again' });
    await failed.waitFor();
    expect(await ann.rows.count()).toBe(20);
    const last = ann.bell.locator(`[data-id="${await ann.rows.last().getAttribute('data-id')}"]`);
    const top = (): Promise<number> => last.evaluate((row) => row.getBoundingClientRect().top);
    const before = await top();
    await context.unroute('**/v1/notifications?*before=*');
    await failed.press('Enter');
    await eventually(() => ann.rows.count(), 40);
    expect(await top()).toBe(before);
    const older = ann.panel.locator('[part=load-older]');
    await eventually(async () => {
      await body.evaluate((element) => (element.scrollTop = element.scrollHeight));
      return older.isVisible();
    }, false);
    const { rows } = await office().sql(`
      select distinct id, title from belfry.notifications join belfry.audience using (position)
       where channel in ('everyone', 'role:sales', 'role:ops', 'user:ann') order by id desc`);
    expect(await ann.titles()).toEqual((rows as { title: string }[]).map(({ title }) => title));
  });
});
