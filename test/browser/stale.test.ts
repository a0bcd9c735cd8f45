import { expect, it } from '@jest/globals';
import { type BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

const lists = '**/v1/notifications?*';

describeInBrowser('a list says what is going on', ({ office, signIn }) => {
  const choose = (sam: BellPage, tab: string): Promise<void> => sam.bell.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
  const write = async (sam: BellPage, ...subjects: string[]): Promise<void> => {
    await office().sql('insert into tickets (subject) select unnest($1::text[])', [subjects]);
    await eventually(async () => (await sam.heard()).filter((title) => subjects.includes(title)).length, subjects.length);
  };
  /** The real answer of a server whose database is away, to whoever asks for a list. */
  const fail = (sam: BellPage): Promise<unknown> => sam.page.route(lists, (route) => route.fulfill({
    status: 503, contentType: 'application/problem+json',
    body: JSON.stringify({ title: 'Service Unavailable', status: 503, detail: 'The database does not answer.' }),
  }));
  const stale = (sam: BellPage): BellPage['bell'] => sam.bell.locator('[part=stale]');
  const retry = (sam: BellPage): Promise<void> => sam.panel.getByRole('button', { name: 'Try again', exact: true }).press('Enter');

  it('that it is of before, where asking anew failed, and that it is not once that is mended', async () => {
    const sam = await signIn('sam');
    await write(sam, 'known before');
    await sam.open();
    await choose(sam, 'Unread');
    await sam.rows.filter({ hasText: 'known before' }).waitFor();
    expect(await stale(sam).isVisible()).toBe(false);
    await fail(sam);
    await write(sam, 'told of meanwhile');
    // What the stream tells is there all the same.
    await sam.rows.filter({ hasText: 'told of meanwhile' }).waitFor();
    await stale(sam).getByText(/^As of \d?\d:\d\d [AP]M: asking for what is new has failed\.$/).waitFor();
    await sam.rows.filter({ hasText: 'known before' }).waitFor();
    expect(await sam.panel.getByText('Could not load older ones').isVisible()).toBe(false);
    // In vain, it says the same thing still, and the focus is where it was.
    await retry(sam);
    await eventually(() => stale(sam).locator('button').getAttribute('aria-disabled'), 'false');
    expect(await sam.focused()).toBe('stale-retry');
    await sam.page.unroute(lists);
    await retry(sam);
    await stale(sam).waitFor({ state: 'hidden' });
    expect(await sam.focused()).toBe('panel');
  });

  it('that it is of before, where nothing was in it', async () => {
    const sam = await signIn('sam');
    await sam.open();
    await choose(sam, 'Archived');
    await sam.bell.getByText('The archive is empty').waitFor();
    await fail(sam);
    await write(sam, 'something happens');
    await stale(sam).getByText('asking for what is new has failed').waitFor();
    await sam.bell.getByText('The archive is empty').waitFor();
    expect(await sam.panel.getByRole('button', { name: 'Try again' }).count()).toBe(1);
    // By itself it is well again too.
    await sam.page.unroute(lists);
    await stale(sam).waitFor({ state: 'hidden' });
  });

  it('that it is on its way, that it has not come and why, and what there is, in a search as in every tab', async () => {
    const sam = await signIn('sam');
    await write(sam, 'looked for');
    await sam.open();
    for (const tab of ['Unread', 'For me', 'Archived', 'Snoozed']) {
      await sam.page.route(lists, () => undefined);
      await choose(sam, tab);
      await sam.bell.locator('[part=skeleton]').first().waitFor();
      expect(await sam.bell.locator('[part=empty] [role=status]').innerText()).toBe('Loading…');
      await sam.page.unroute(lists);
      await fail(sam);
      await choose(sam, 'All');
      await choose(sam, tab);
      await sam.panel.getByText('Notifications could not be loaded.').waitFor();
      await sam.panel.getByText('Service Unavailable: The database does not answer.').waitFor();
      expect(await sam.panel.getByRole('button', { name: 'Try again' }).count()).toBe(1);
      await sam.page.unroute(lists);
      await retry(sam);
      await sam.panel.getByText('Notifications could not be loaded.').waitFor({ state: 'hidden' });
    }
    await choose(sam, 'All');
    await fail(sam);
    await sam.bell.getByRole('button', { name: 'Search and filter' }).click();
    await sam.page.keyboard.type('no such thing');
    await sam.panel.getByText('Notifications could not be loaded.').waitFor();
    await sam.page.unroute(lists);
    await retry(sam);
    await sam.bell.getByText('Nothing found', { exact: true }).waitFor();
  });

  it('offline, in a tab that was not looked at before', async () => {
    const sam = await signIn('sam');
    await sam.open();
    office().wire.cut();
    await sam.becomes('offline');
    await sam.bell.getByText(/^Offline: as of/).waitFor();
    await choose(sam, 'Archived');
    await sam.panel.getByText('Notifications could not be loaded.').waitFor();
    office().wire.mend();
    await sam.panel.getByRole('button', { name: 'Try again', exact: true }).click();
    await sam.bell.getByText('The archive is empty').waitFor();
    await sam.becomes('live');
  });
});
