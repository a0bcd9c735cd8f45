import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({
    rules: 'rules: [{ topic: ticket.opened, table: public.tickets, on: insert, audience: [everyone], title: "{{ row.subject }}" }]',
    prepare: async (client) => {
      await client.query('create table public.tickets (id bigserial primary key, subject text)');
    },
  });
});
afterAll(() => app.close());

it('tells last of what stands, where two marks of an admin meet', async () => {
  const call = <T>(method: string, path: string, body?: unknown): Promise<T> =>
    app.call('sam', ['support'], method, path, body).then((answer) => (answer as { body: T }).body);
  const list = (): Promise<{ data: { id: string; readAt: string | null }[] }> => call('GET', '/notifications');
  await list();
  await app.business.query(`insert into tickets (subject) values ('one'), ('two')`);
  const [two, one] = await until('both are there', async () => {
    const { data } = await list();
    return data.length >= 2 ? data : undefined;
  });
  await call('PATCH', `/notifications/${one?.id ?? ''}/read`);
  // A mark that has been handed to the relay, and is not committed yet.
  await app.business.query(`
    create function slow() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(4711); return null; end $$;
    create trigger slow after insert on belfry.other_changes for each row when (new.receipt @> '{"read": false}') execute function slow();
    select pg_advisory_lock(4711)`);
  const waits = async (which: string): Promise<true | undefined> => {
    await app.business.query('select pg_stat_clear_snapshot()');
    const { rowCount } = await app.business.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and ${which}`);
    return rowCount === 1 ? true : undefined;
  };
  // The relay is to take both in one look.
  await app.business.query('begin; select from belfry.relay_state for update');
  const unread = call('PATCH', `/notifications/${one?.id ?? ''}/unread`);
  await until('it waits', () => waits(`wait_event = 'advisory'`));
  let isRead = false;
  const read = call('POST', '/notifications/read', { upTo: two?.id }).then(() => (isRead = true));
  await until('the other waits, or is done', async () => isRead || (await waits(`query like '%belfry.inboxes%for update%'`)));
  await app.business.query('select pg_advisory_unlock(4711)');
  await Promise.all([unread, read]);
  await app.business.query('commit');
  const told = await until('all is told', async () => {
    const { rows } = await app.business.query<{ receipt: { read: boolean } }>(`select receipt from belfry.journal where receipt ? 'read' order by position`);
    return rows.length >= 3 ? rows.map(({ receipt }) => receipt.read) : undefined;
  });
  const stands = (await list()).data.find(({ id }) => id === one?.id)?.readAt !== null;
  expect(told.at(-1)).toBe(stands);
});
