import { expect, it } from '@jest/globals';
import { BellPage, eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('what the server refuses', ({ office, browser, signIn }) => {
  it('is told where the list would be, with a way to try again', async () => {
    const context = await browser().newContext();
    const { url } = office();
    await context.request.post(`${url}/sample/sign-in`, { data: { user: 'sam' }, headers: { origin: url } });
    await office().sql(`insert into tickets (subject) values ('there all along')`);
    // The real answer of a server whose database is away, to this one call.
    await context.route('**/v1/notifications?*', (route) => route.fulfill({
      status: 503, contentType: 'application/problem+json',
      body: JSON.stringify({ title: 'Service Unavailable', status: 503, detail: 'The database does not answer.' }),
    }));
    const sam = await BellPage.open(context, office());
    await sam.open();
    await sam.panel.getByText('Notifications could not be loaded.').waitFor();
    await sam.panel.getByText('Service Unavailable: The database does not answer.').waitFor();
    await context.unroute('**/v1/notifications?*');
    await sam.panel.getByRole('button', { name: 'Try again', exact: true }).press('Enter');
    await eventually(() => sam.titles(), ['there all along']);
    // The focus of the button that has gone is still in the panel.
    expect(await sam.focused()).toBe('panel');
    await sam.page.keyboard.press('ArrowDown');
    expect(await sam.focused()).toContain('row');
  });

  it('is taken back where it showed at once: a mark that did not come through', async () => {
    const sam = await signIn('sam');
    await office().sql(`insert into tickets (subject) values ('stubborn')`);
    await eventually(() => sam.unread(), '2');
    await sam.open();
    await sam.page.context().route('**/read', (route) => route.abort());
    const row = sam.rows.filter({ hasText: 'stubborn' });
    await row.getByRole('button', { name: 'Mark as read' }).click();
    await sam.panel.getByRole('alert').getByText('That did not work').waitFor();
    await row.getByRole('button', { name: 'Mark as read' }).waitFor();
    expect(await sam.unread()).toBe('2');
  });
});
