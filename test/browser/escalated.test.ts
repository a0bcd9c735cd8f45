import { expect, it } from '@jest/globals';
import { type BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('what nobody has taken on in time', ({ office, signIn }) => {
  it('is news to whom it goes then, and says so to everybody until it is settled', async () => {
    const [sam, ann] = [await signIn('sam'), await signIn('ann')];
    const subject = 'pump 3 has stopped';
    const row = (page: BellPage): BellPage['rows'] => page.rows.filter({ hasText: subject });
    const chip = (page: BellPage): BellPage['rows'] => row(page).locator('[part=escalated]');
    await office().sql(`insert into tickets (subject, priority) values ($1, 'urgent')`, [subject]);
    await sam.open();
    await row(sam).waitFor();
    expect(await chip(sam).isVisible()).toBe(false);
    expect(await ann.heard()).toEqual([]);

    // As if its time were over.
    await office().sql(`update belfry.notifications set escalate_at = now(), escalate_to = '{role:sales}' where title = $1`, [subject]);
    await eventually(() => ann.heard(), [subject]);
    await eventually(() => ann.toast.textContent(), `Critical: ${subject}`);
    await ann.open();
    for (const page of [sam, ann]) await chip(page).filter({ hasText: 'Escalated' }).waitFor();
    if (process.env.BELFRY_TEST_SCREENSHOT !== undefined) await ann.page.screenshot({ path: process.env.BELFRY_TEST_SCREENSHOT });
    await ann.bell.evaluate((bell) => bell.setAttribute('lang', 'zh'));
    await chip(ann).filter({ hasText: '已升级' }).waitFor();

    await office().sql(`update tickets set status = 'closed' where subject = $1`, [subject]);
    for (const page of [sam, ann]) await chip(page).waitFor({ state: 'hidden' });
    await row(sam).waitFor();
  });
});
