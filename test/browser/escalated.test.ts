import { expect, it } from '@jest/globals';
import { type BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('what nobody has taken on in time', ({ office, signIn }) => {
  it('is news to whom it goes then, and says so to everybody until it is settled', async () => {
    const [sam, lea] = [await signIn('sam'), await signIn('lea')];
    const subject = 'pump 3 has stopped';
    const row = (page: BellPage): BellPage['rows'] => page.rows.filter({ hasText: subject });
    const chip = (page: BellPage): BellPage['rows'] => row(page).locator('[part=escalated]');
    await office().sql(`insert into tickets (subject, priority) values ($1, 'urgent')`, [subject]);
    await eventually(() => sam.heard(), [subject]);
    await sam.open();
    await row(sam).waitFor();
    expect(await chip(sam).isVisible()).toBe(false);
    expect(await lea.heard()).toEqual([]);

    // The sample's rule gives it some minutes: as if they were over.
    const { rowCount } = await office().sql(`update belfry.notifications set escalate_at = now()
      where title = $1 and escalate_at is not null`, [subject]);
    expect(rowCount).toBe(1);
    // Whoever has it already hears of that too, once.
    for (const [page, times] of [[lea, 1], [sam, 2]] as const) await eventually(() => page.heard(), Array(times).fill(subject));
    await eventually(() => lea.toast.textContent(), `Critical: ${subject}`);
    await lea.open();
    for (const page of [sam, lea]) await chip(page).filter({ hasText: 'Escalated' }).waitFor();
    if (process.env.BELFRY_TEST_SCREENSHOT !== undefined) await lea.page.screenshot({ path: process.env.BELFRY_TEST_SCREENSHOT });
    await lea.bell.evaluate((bell) => bell.setAttribute('lang', 'zh'));
    await chip(lea).filter({ hasText: '已升级' }).waitFor();

    await office().sql(`update tickets set status = 'closed' where subject = $1`, [subject]);
    for (const page of [sam, lea]) await chip(page).waitFor({ state: 'hidden' });
    await row(sam).waitFor();
  });
});
