import { expect, it } from '@jest/globals';
import { eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('after a break', ({ office, signIn }) => {
  const write = (name: string): Promise<unknown> => office().sql(
    `insert into tickets (subject) select $1 || ' ' || n from generate_series(1, 10) n order by n`, [name]);
  const ten = (name: string): string[] => Array.from({ length: 10 }, (_, i) => `${name} ${10 - i}`);

  const waiting = async (): Promise<number> => (await office().sql('select from belfry.changes')).rows.length;

  it('of the network: all that was missed is there, once, in order, and no toast tells of it', async () => {
    const sam = await signIn('sam');
    await office().sql(`insert into tickets (subject) values ('before')`);
    await eventually(() => sam.heard(), ['before']);
    await sam.toast.waitFor({ state: 'visible' });
    await sam.toast.waitFor({ state: 'hidden' });
    const unread = Number(await sam.unread());

    office().wire.cut();
    await sam.becomes('offline');
    expect(await sam.button.getAttribute('aria-label')).toContain('offline');
    // What is shown says of when it is.
    const notSeen = sam.page.waitForEvent('requestfailed', (request) => request.url().endsWith('/seen'));
    await sam.open();
    await notSeen;
    await sam.panel.getByText(/^Offline: as of \d+:\d\d/).waitFor();
    // What the bell does by itself, and can't, is nothing that the admin did.
    await sam.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    expect(await sam.panel.getByRole('alert').isVisible()).toBe(false);
    await sam.page.keyboard.press('Escape');
    await write('missed');
    const asked: URL[] = [];
    sam.page.on('request', (request) => request.url().includes('/v1/') && asked.push(new URL(request.url())));
    office().wire.mend();
    await sam.becomes('live');
    // Resumed by the id of the last frame: nothing had to be fetched again.
    expect(asked.map(({ pathname }) => pathname)).toEqual(asked.map(() => '/v1/stream'));
    expect(asked.at(-1)?.searchParams.get('last_event_id')).toMatch(/^[\da-f]+-\d+$/);
    expect(await sam.unread()).toBe(String(unread + 10));
    await sam.open();
    expect((await sam.titles()).slice(0, 11)).toEqual([...ten('missed'), 'before']);
    expect(await sam.heard()).toEqual(['before']);
    expect(await sam.toast.isVisible()).toBe(false);
    expect(await sam.voice.textContent()).toBe('before');

    await office().sql(`insert into tickets (subject) values ('after')`);
    await eventually(() => sam.heard(), ['before', 'after']);
    expect((await sam.titles()).slice(0, 3)).toEqual(['after', 'missed 10', 'missed 9']);
  });

  it('that nobody was told of: a dead connection is left as soon as the machine is back online', async () => {
    const sam = await signIn('sam');
    await sam.open();
    const context = sam.page.context();
    office().wire.freeze();
    await context.setOffline(true);
    await write('asleep');
    office().wire.mend();
    await context.setOffline(false);
    await eventually(async () => (await sam.titles()).slice(0, 10), ten('asleep'));
    await sam.becomes('live');
    expect(await sam.heard()).toEqual([]);
  });

  it('that outlives the journal: it drops what it held and fetches anew', async () => {
    const sam = await signIn('sam');
    await sam.open();
    await eventually(async () => (await sam.rows.count()) > 0, true);
    office().wire.cut();
    await sam.becomes('offline');
    await write('purged');
    await eventually(() => waiting(), 0);
    await office().sql(`delete from belfry.notifications where title = 'purged 5'`);
    // Another journal, as after a restore: cursors of the one before are foreign to it.
    await office().sql(`delete from belfry.epochs; insert into belfry.epochs (name, since) select 'restored', position from belfry.relay_state`);
    await office().sql(`
      select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name <> 'business'`);
    office().wire.mend();
    await sam.becomes('live');
    await eventually(async () => (await sam.titles()).slice(0, 9), ten('purged').filter((title) => title !== 'purged 5'));
    await office().sql(`insert into tickets (subject) values ('anew')`);
    await eventually(() => sam.heard(), ['anew']);
  });

  it('of the sign-in: it says so and stops asking, until somebody signs in again', async () => {
    const sam = await signIn('sam');
    const asked: string[] = [];
    await sam.page.evaluate(() => document.querySelector('belfry-bell')?.remove());
    await sam.page.evaluate(() => document.querySelector('header')?.append(document.createElement('belfry-bell')));
    await sam.becomes('live');
    await sam.page.context().clearCookies();
    office().wire.cut();
    office().wire.mend();
    await sam.becomes('signed-out');
    sam.page.on('request', (request) => request.url().includes('/v1/') && asked.push(request.url()));
    await sam.open();
    await sam.panel.getByText('You are signed out.').waitFor();
    expect(await sam.rows.count()).toBe(0);
    expect(asked).toEqual([]);
    const { url } = office();
    await sam.page.context().request.post(`${url}/sample/sign-in`, { data: { user: 'sam' }, headers: { origin: url } });
    await sam.panel.getByRole('button', { name: 'Try again' }).click();
    await sam.becomes('live');
    await eventually(async () => (await sam.rows.count()) > 0, true);
  });
});
