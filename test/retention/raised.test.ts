import { afterEach, describe, expect, it } from '@jest/globals';
import { Purge } from '../../src/retention/purge.service.js';
import { TestApp } from '../support/app.js';
import { until } from '../support/until.js';

const STAFF = ['staff'];
/** Nothing is due by itself: the test moves rows into the past. */
const KEPT_LONG = { BELFRY_KEEP_JOURNAL: '1d,1000', BELFRY_KEEP_NOTIFICATIONS: '2d,1000', BELFRY_KEEP_FAILED: '1d,1000' };

describe('purging what was raised again', () => {
  let app: TestApp;
  afterEach(() => app.close());

  it('goes by where it is now: kept while it rings, gone from the last ring on', async () => {
    app = await TestApp.start({
      env: KEPT_LONG,
      limits: { recountSpreadMs: 1 },
      rules: `rules:
  - topic: thing.changed
    table: public.things
    on: [insert, update]
    key: "thing:{{ row.id }}"
    audience: [role:staff]
    title: "{{ row.name }}"
`,
      prepare: async (client) => {
        await client.query('create table public.things (id int primary key, name text)');
      },
    });
    const { business } = app;
    const rows = async (sql: string): Promise<unknown[]> => (await business.query({ text: sql, rowMode: 'array' })).rows.map((row: unknown) => (row as unknown[]).join(' '));
    const told = (position: number): Promise<unknown> =>
      until(`position ${position} is given`, async () => (await rows('select position from belfry.relay_state'))[0] === String(position));
    const list = async (): Promise<string[]> => {
      const { body } = await app.call('ann', STAFF, 'GET', '/notifications');
      return (body as { data: { id: string; title: string; readAt: string | null }[] }).data.map(({ id, title, readAt }) => `${id} ${title}${readAt === null ? '' : ', read'}`);
    };
    const unread = async (): Promise<number> => {
      const { body } = await app.call('ann', STAFF, 'GET', '/notifications/counts');
      return (body as { unread: { count: number } }).unread.count;
    };
    const purge = (): Promise<unknown> => until('it is our turn to purge', () => app.running.app.get(Purge).purge());

    const reader = await app.read('ann', STAFF);
    await reader.frame('ready');
    await business.query(`insert into things values (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four')`);
    await told(4);
    await app.call('ann', STAFF, 'PATCH', '/notifications/1/read');
    await app.call('ann', STAFF, 'PATCH', '/notifications/2/read');
    await told(6);
    // One and three ring again: they are 7 and 8 now, and unread.
    await business.query(`update things set name = 'one again' where id = 1`);
    await told(7);
    await business.query(`update things set name = 'three again' where id = 3`);
    await told(8);
    expect(await list()).toEqual(['3 three again', '1 one again', '4 four', '2 two, read']);

    // All that was delivered up to 6 is old; what rings again was delivered then.
    await business.query(`update belfry.notifications set delivered_at = now() - interval '3 days' where position <= 6`);
    await business.query(`update belfry.journal set written_at = now() - interval '3 days' where position <= 6`);
    await purge();
    expect(await list()).toEqual(['3 three again', '1 one again']);
    await reader.frame('counts', ({ unread: { count } }: { unread: { count: number } }) => count === 2);
    expect(await unread()).toBe(2);
    expect(await rows('select notifications_kept from belfry.retention')).toEqual(['2']);
    // No receipt of where one was before, no audience of what is gone.
    expect(await rows('select position from belfry.receipts')).toEqual([]);
    expect(await rows('select position from belfry.audience order by 1')).toEqual(['7', '8']);
    expect((await app.call('ann', STAFF, 'GET', '/notifications/2')).status).toBe(404);
    expect((await app.call('ann', STAFF, 'GET', '/notifications/1')).status).toBe(200);

    // The key of one that is gone is free: it begins anew. That of one that is kept rings on, by its id.
    const { position: head } = (await business.query<{ position: string }>('select position from belfry.relay_state')).rows[0] ?? { position: '0' };
    await business.query(`update things set name = 'two anew' where id = 2`);
    await told(Number(head) + 1);
    await business.query(`update things set name = 'one for good' where id = 1`);
    await told(Number(head) + 2);
    expect(await list()).toEqual(['1 one for good', `${Number(head) + 1} two anew`, '3 three again']);

    // And now three, whose last ring is the oldest.
    await business.query(`update belfry.notifications set delivered_at = now() - interval '3 days' where id = 3`);
    await purge();
    expect(await list()).toEqual(['1 one for good', `${Number(head) + 1} two anew`]);
    expect(await unread()).toBe(2);
    expect(await rows('select notifications_kept from belfry.retention')).toEqual(['2']);
    reader.close();
  });
});
