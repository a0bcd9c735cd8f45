import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';
import type { Reader } from '../support/reader.js';
import { until } from '../support/until.js';

const RULES = `
rules:
  - topic: order.placed
    table: public.orders
    on: insert
    audience: [role:sales, role:finance]
    severity: "{{ row.severity }}"
    title: "Order {{ row.number }}"
  - topic: order.noted
    table: public.orders
    on: update
    audience: ["user:{{ row.note }}"]
    title: "Note"
`;
interface Item {
  id: string;
  title: string;
  readAt: string | null;
  seenAt: string | null;
}
interface Page {
  data: Item[];
  pageInfo: { before: string | null; after: string | null; hasMore: boolean };
}
interface Counts {
  unread: { count: number; capped: boolean };
  unseen: { count: number; capped: boolean };
  bySeverity: Record<string, { count: number }>;
}

describe('the inbox', () => {
  let app: TestApp;
  let witness: Reader;
  let placed = 0;
  /** Places orders, and waits until the relay has told of them. */
  const place = async (count: number, severity = 'info'): Promise<string[]> => {
    const before = witness.notifications.length;
    await app.business.query(
      `insert into orders (number, severity) select n::text, $3 from generate_series($1::int, $2::int) n`,
      [placed + 1, placed + count, severity],
    );
    placed += count;
    await until('they are told', () => witness.notifications.length === before + count);
    return witness.notifications.slice(before).map(({ id }) => id);
  };
  const get = async <T>(user: string, roles: string[], path: string): Promise<T> => {
    const { status, body } = await app.call(user, roles, 'GET', `/notifications${path}`);
    expect({ status, body }).toMatchObject({ status: 200 });
    return body;
  };
  const counts = async (user: string, roles: string[]): Promise<[number, number]> => {
    const { unread, unseen } = await get<Counts>(user, roles, '/counts');
    return [unread.count, unseen.count];
  };

  beforeAll(async () => {
    app = await TestApp.start({
      rules: RULES,
      prepare: async (client) => {
        await client.query('create table public.orders (id bigserial primary key, number text, severity text, note text)');
      },
    });
    witness = await app.read('witness', ['sales']);
    await witness.frame('ready');
  });
  afterAll(async () => {
    witness.close();
    await app.close();
  });

  it('lists newest first, each once however many roles it came by, page by page both ways', async () => {
    const ids = (await place(45)).reverse();
    const pages: string[][] = [];
    let before: string | null = null;
    do {
      const page: Page = await get('ann', ['sales', 'finance'], `?limit=20${before === null ? '' : `&before=${before}`}`);
      pages.push(page.data.map(({ id }) => id));
      before = page.pageInfo.hasMore ? page.pageInfo.before : null;
    } while (before !== null);
    expect(pages.map((page) => page.length)).toEqual([20, 20, 5]);
    expect(pages.flat()).toEqual(ids);
    const newer: Page = await get('ann', ['sales'], `?limit=20&after=${ids[44] ?? ''}`);
    expect(newer.data.map(({ id }) => id)).toEqual(ids.slice(24, 44));
    expect(newer.pageInfo.hasMore).toBe(true);
  });

  it('has nothing for who has no role, and nothing of a role that was lost', async () => {
    expect((await get<Page>('bob', [], '')).data).toEqual([]);
    expect(await counts('bob', ['sales'])).not.toEqual([0, 0]);
    expect(await counts('bob', [])).toEqual([0, 0]);
    const [id] = await place(1);
    for (const [method, path] of [['GET', ''], ['PATCH', '/read'], ['PATCH', '/unread']] as const) {
      const { status, body } = await app.call('bob', ['support'], method, `/notifications/${id ?? ''}${path}`);
      expect({ status, body }).toMatchObject({ status: 404, body: { status: 404 } });
    }
  });

  it('marks one as read and unread again, and says so everywhere', async () => {
    const [id = ''] = await place(1);
    const [unread, unseen] = await counts('cat', ['sales']);
    const read = await app.call('cat', ['sales'], 'PATCH', `/notifications/${id}/read`);
    expect(read.body).toMatchObject({ id, readAt: expect.any(String), seenAt: expect.any(String) });
    expect(await counts('cat', ['sales'])).toEqual([unread - 1, unseen - 1]);
    expect((await get<Page>('cat', ['sales'], '?status=read')).data.map((item) => item.id)).toEqual([id]);
    expect((await get<Page>('cat', ['sales'], '?status=unread&limit=100')).data.map((item) => item.id)).not.toContain(id);
    const again = await app.call('cat', ['sales'], 'PATCH', `/notifications/${id}/unread`);
    expect(again.body).toMatchObject({ id, readAt: null });
    expect(await counts('cat', ['sales'])).toEqual([unread, unseen]);
  });

  it('marks all up to an id by one small write, and leaves what came after', async () => {
    const ids = await place(30);
    await app.call('dot', ['sales'], 'PATCH', `/notifications/${ids[0] ?? ''}/read`);
    await app.call('dot', ['sales'], 'PATCH', `/notifications/${ids[0] ?? ''}/unread`);
    const upTo = ids[19] ?? '';
    const { status, body } = await app.call('dot', ['sales'], 'POST', '/notifications/read', { upTo });
    expect({ status, body }).toMatchObject({ status: 200, body: { unread: { count: 10, capped: false } } });
    expect(await counts('dot', ['sales'])).toEqual([10, 10]);
    const { rows } = await app.business.query<{ count: string }>(`select count(*) from belfry.receipts where user_id = 'dot'`);
    expect(rows[0]?.count).toBe('1');
    // Unread once more, below the watermark: counted, and taken along by the next mark.
    await app.call('dot', ['sales'], 'PATCH', `/notifications/${ids[3] ?? ''}/unread`);
    expect(await counts('dot', ['sales'])).toEqual([11, 10]);
    await app.call('dot', ['sales'], 'POST', '/notifications/read', { upTo: '9223372036854775807' });
    expect(await counts('dot', ['sales'])).toEqual([0, 0]);
    // No further than the journal's end: what comes now is unread.
    await place(1);
    expect(await counts('dot', ['sales'])).toEqual([1, 1]);
  });

  it('marks these ids, and passes over those that are not the admin’s', async () => {
    const ids = await place(3);
    await app.business.query(`update orders set note = 'fay' where id = (select max(id) from orders)`);
    const fays = await until('fay has her own', async () => (await get<Page>('fay', [], '')).data[0]);
    await app.call('eve', ['sales'], 'POST', '/notifications/read', { upTo: ids[0] });
    const { body } = await app.call('eve', ['sales'], 'POST', '/notifications/read', { ids: [ids[1], fays.id, '123456789'] });
    expect(body).toMatchObject({ unread: { count: 1 } });
    expect((await get<Page>('fay', [], '')).data[0]).toMatchObject({ id: fays.id, readAt: null });
  });

  it('marks one topic alone', async () => {
    const ids = await place(2);
    await app.business.query(`update orders set note = 'gil' where id = (select max(id) from orders)`);
    await until('gil has his own', async () => (await get<Page>('gil', [], '')).data.length === 1);
    await app.call('gil', ['sales'], 'POST', '/notifications/read', { upTo: '9223372036854775807', topic: 'order.placed' });
    expect(await counts('gil', ['sales'])).toEqual([1, 1]);
    expect((await get<Item>('gil', ['sales'], `/${ids[1] ?? ''}`)).readAt).not.toBeNull();
  });

  it('knows seen from read', async () => {
    await place(4);
    const [unread] = await counts('hal', ['sales']);
    await app.call('hal', ['sales'], 'POST', '/notifications/seen', { upTo: '9223372036854775807' });
    expect(await counts('hal', ['sales'])).toEqual([unread, 0]);
    expect((await get<Page>('hal', ['sales'], '?limit=1')).data[0]).toMatchObject({ readAt: null, seenAt: expect.any(String) });
    await place(1);
    expect(await counts('hal', ['sales'])).toEqual([unread + 1, 1]);
  });

  it('filters by topic and severity, and counts by severity', async () => {
    await app.call('ida', ['sales'], 'POST', '/notifications/read', { upTo: '9223372036854775807' });
    const critical = await place(3, 'critical');
    await place(2, 'warning');
    const page = await get<Page>('ida', ['sales'], '?severity=critical&topic=order.placed');
    expect(page.data.map(({ id }) => id)).toEqual([...critical].reverse());
    expect((await get<Page>('ida', ['sales'], '?topic=order.noted')).data).toEqual([]);
    const { bySeverity } = await get<Counts>('ida', ['sales'], '/counts');
    expect(bySeverity).toMatchObject({ critical: { count: 3 }, warning: { count: 2 }, info: { count: 0 }, success: { count: 0 } });
  });

  it('counts to a thousand, and then says that there are more', async () => {
    await app.call('jim', ['sales'], 'POST', '/notifications/read', { upTo: '9223372036854775807' });
    const jim = await app.read('jim', ['sales']);
    await jim.frame('ready');
    await place(1_000);
    expect(await get<Counts>('jim', ['sales'], '/counts')).toMatchObject({ unread: { count: 1_000, capped: false } });
    await jim.frame('counts', ({ unread }: Counts) => unread.count === 1_000 && !unread.capped);
    const [id = ''] = await place(1);
    expect(await get<Counts>('jim', ['sales'], '/counts')).toMatchObject({
      unread: { count: 1_000, capped: true },
      unseen: { count: 1_000, capped: true },
    });
    await jim.frame('counts', ({ unread }: Counts) => unread.count === 1_000 && unread.capped);
    await app.call('jim', ['sales'], 'PATCH', `/notifications/${id}/read`);
    await jim.frame('receipts');
    expect(await get<Counts>('jim', ['sales'], '/counts')).toMatchObject({ unread: { count: 1_000, capped: false } });
    await until('the stream says the same', () => {
      const last = jim.dataOf('counts').at(-1) as Counts;
      return !last.unread.capped;
    });
    jim.close();
  });

  it('begins with the last seven days unread; what is older is history', async () => {
    const [id = ''] = await place(1);
    await app.business.query(`update belfry.notifications set updated_at = now() - interval '8 days' where id < $1`, [id]);
    expect(await counts('new', ['sales'])).toEqual([1, 1]);
    const page = await get<Page>('new', ['sales'], '?limit=2');
    expect(page.data.map(({ readAt }) => readAt !== null)).toEqual([false, true]);
  });

  it('says why a notification was sent', async () => {
    await app.business.query(`set application_name = 'nightly import'`);
    await app.business.query(`set belfry.actor = 'cron'`);
    const [id = ''] = await place(1);
    await app.business.query('reset belfry.actor');
    const { why, ...item } = await get<Item & { why: object; actor: string }>('kim', ['sales'], `/${id}`);
    expect(item.actor).toBe('cron');
    expect(why).toMatchObject({
      rule: 'order.placed',
      table: 'public.orders',
      operation: 'insert',
      old: null,
      new: { number: String(placed), severity: 'info' },
      application: 'nightly import',
      transaction: expect.stringMatching(/^\d+$/),
      committedAt: expect.any(String),
      deliveredAt: expect.any(String),
    });
  });

  it.each([
    ['GET', '?status=open', undefined],
    ['GET', '?limit=0', undefined],
    ['GET', '?limit=101', undefined],
    ['GET', '?limit=ten', undefined],
    ['GET', '?before=-1', undefined],
    ['GET', '?before=9223372036854775808', undefined],
    ['GET', '?severity=fatal', undefined],
    ['GET', '?sort=title', undefined],
    ['GET', '/abc', undefined],
    ['GET', '/1e3', undefined],
    ['GET', '/99999999999999999999', undefined],
    ['POST', '/read', {}],
    ['POST', '/read', { upTo: '1', ids: ['2'] }],
    ['POST', '/read', { ids: [] }],
    ['POST', '/read', { ids: [1] }],
    ['POST', '/read', { upTo: 1 }],
    ['POST', '/read', { upTo: '1', until: '2' }],
    ['POST', '/seen', {}],
    ['POST', '/seen', { upTo: '0x10' }],
  ])('answers %s %s %j with a problem that names the field', async (method, path, body) => {
    const { status, body: problem } = await app.call('ann', ['sales'], method, `/notifications${path}`, body);
    expect({ status, problem }).toMatchObject({ status: 400, problem: { status: 400, errors: [expect.anything()] } });
  });

  it('answers an id that nobody has with 404', async () => {
    expect((await app.call('ann', ['sales'], 'GET', '/notifications/9223372036854775807')).status).toBe(404);
  });
});
