import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';
import { until } from '../support/until.js';

interface Item {
  id: string;
  resolvedAt: string | null;
  resolvedBy: string | null;
  readAt: string | null;
}

describe('a notification that expires', () => {
  let app: TestApp;
  const sql = async (user: string): Promise<number> => {
    const { body } = await app.call(user, ['staff'], 'GET', '/notifications/counts');
    return (body as { unread: { count: number } }).unread.count;
  };
  const list = async (user: string, query: string): Promise<Item[]> => {
    const { body } = await app.call(user, ['staff'], 'GET', `/notifications${query}`);
    return (body as { data: Item[] }).data;
  };

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(async () => {
    await app.close();
  });

  it('leaves every count and every list of what is unread, and stays in the history', async () => {
    const ann = await app.read('ann', ['staff']);
    const bob = await app.read('bob', ['staff']);
    await ann.frame('ready');
    await bob.frame('ready');
    await app.business.query(`insert into things (name) select 'row ' || n from generate_series(1, 5) n`);
    await ann.frame('counts', ({ unread }: { unread: { count: number } }) => unread.count === 5);
    const expiring = ann.notifications[1]?.id;
    const stays = ann.notifications[0]?.id;
    // Ann has read it: it is unread for Bob alone.
    await app.call('ann', ['staff'], 'PATCH', `/notifications/${expiring ?? ''}/read`);
    await app.business.query(`update belfry.notifications set expires_at = now() + interval '1 hour' where id = $1`, [stays]);
    await app.business.query(`update belfry.notifications set expires_at = now() where id = $1`, [expiring]);

    const isTold = ({ id, resolvedBy }: Item): boolean => id === expiring && resolvedBy === 'expiry';
    for (const reader of [ann, bob]) await until('it is told', () => (reader.notifications as unknown as Item[]).some(isTold));
    await bob.frame('counts', ({ unread }: { unread: { count: number } }) => unread.count === 4);
    await until('the counts agree', async () => (await sql('ann')) === 4 && (await sql('bob')) === 4);
    expect(ann.dataOf('counts').at(-1)).toMatchObject({ unread: { count: 4 } });

    expect((await list('bob', '?status=unread')).map(({ id }) => id)).not.toContain(expiring);
    const history = (await list('bob', '')).find(({ id }) => id === expiring);
    expect(history).toMatchObject({ resolvedBy: 'expiry', resolvedAt: expect.any(String), readAt: null });
    expect((await list('bob', '?status=read')).map(({ id }) => id)).toEqual([expiring]);
    // Each was told once more, under a position of its own.
    expect(bob.notifications.map(({ id }) => id).filter((id) => id === expiring)).toHaveLength(2);
    const { rows } = await app.business.query(`select count(*)::int as left from belfry.failed_changes`);
    expect(rows).toEqual([{ left: 0 }]);
    ann.close();
    bob.close();
  });

  it('counts anew only where it was counted', async () => {
    const reader = await app.read('late', ['staff']);
    await reader.frame('ready');
    await app.call('late', ['staff'], 'POST', '/notifications/read', { upTo: '999999' });
    await reader.frame('counts', ({ unread }: { unread: { count: number } }) => unread.count === 0);
    await app.business.query(`insert into things (name) values ('after')`);
    await reader.frame('counts', ({ unread }: { unread: { count: number } }) => unread.count === 1);
    const after = reader.notifications.at(-1)?.id;
    await app.business.query(`update belfry.notifications set expires_at = now() where id = $1`, [after]);
    await until('the count is 0 again', () => (reader.dataOf('counts').at(-1) as { unread: { count: number } }).unread.count === 0);
    expect(await sql('late')).toBe(0);
    reader.close();
  });
});
