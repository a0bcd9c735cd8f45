import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { SampleModule } from '../../src/sample/sample.module.js';
import { seedShop } from '../../src/sample/seed.js';
import { type HttpApp, problemOf, send, startHttpApp } from '../ops/http-app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

type Row = Record<string, unknown> & { id: string };

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('the sample shop', () => {
  let database: TestDatabase;
  let app: HttpApp;
  let sql: pg.Client;

  beforeAll(async () => {
    database = await createDatabase('shop');
    sql = new pg.Client({ connectionString: database.url });
    await sql.connect();
    const imports = [SampleModule.forRoot({ databaseUrl: database.url })];
    app = await startHttpApp({ imports, publicPaths: ['/shop'] });
  });
  afterAll(async () => {
    await app.close();
    await sql.end();
    await database.drop();
  });

  const get = async <T>(path: string) => (await (await fetch(`${app.url}/shop/${path}`)).json()) as T;
  const call = (path: string, body?: unknown, method = 'POST') =>
    fetch(`${app.url}/shop/${path}`, body === undefined ? { method } : send(method, body));
  const post = async (path: string, body?: unknown) => (await (await call(path, body)).json()) as Row;
  const count = async (table: string) =>
    Number((await sql.query<{ count: string }>(`select count(*) from ${table}`)).rows[0]?.count);

  it('is filled once, while it is empty', async () => {
    expect(await seedShop({ databaseUrl: database.url })).toBe(true);
    const orders = await count('orders');
    expect(orders).toBeGreaterThan(0);
    expect(await seedShop({ databaseUrl: database.url })).toBe(false);
    expect(await count('orders')).toBe(orders);
    const { rows } = await sql.query('select order_id from comments where order_id is null');
    expect(rows).toEqual([]);
  });

  it('makes up an order, or takes what it is told, digits and characters whole', async () => {
    const made = await post('orders');
    expect(made).toMatchObject({ id: expect.stringMatching(/^\d+$/), status: 'placed' });
    expect(made).toMatchObject({ customerName: expect.any(String), totalCents: expect.stringMatching(/^\d+$/) });
    expect(new Date(String(made.createdAt)).toISOString()).toBe(made.createdAt);

    const told = { customerName: '<b>"Zoë" 🔔\n</b>', totalCents: '9223372036854775807', currency: 'JPY' };
    const order = await post('orders', told);
    expect(order).toMatchObject(told);
    expect((await get<Row[]>('orders'))[0]).toEqual(order);
    expect(await post('orders', { totalCents: 1200 })).toMatchObject({ totalCents: '1200' });
  });

  it.each([
    ['orders', { totalCents: -1 }, 'totalCents'],
    ['orders', { totalCents: 1.5 }, 'totalCents'],
    ['orders', { totalCents: '9223372036854775808' }, 'totalCents'],
    ['orders', { currency: 'euro' }, 'currency'],
    ['orders', { customerName: 'a\0b' }, 'customerName'],
    ['orders', { customerName: '' }, 'customerName'],
    ['tickets', { priority: 'now' }, 'priority'],
    ['comments', { text: '' }, 'text'],
    ['comments', { orderId: 'one' }, 'orderId'],
    ['tickets/1/assign', {}, 'assigneeId'],
  ])('refuses POST %s %j', async (path, body, field) => {
    const document = await problemOf(await call(path, body));
    expect(document).toMatchObject({ status: 400, errors: [{ in: 'body', field }] });
  });

  it('lists the newest twenty', async () => {
    for (let i = 0; i < 22; i++) await post('comments', { text: `comment ${i}` });
    const comments = await get<Row[]>('comments');
    expect(comments.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, i) => `comment ${21 - i}`));
  });

  it('cancels an order once, whoever presses first', async () => {
    const { id } = await post('orders');
    const answers = await Promise.all([1, 2, 3].map(() => call(`orders/${id}/cancel`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const late = await problemOf(await call(`orders/${id}/cancel`));
    expect(late).toMatchObject({ status: 409, detail: `The order ${id} is cancelled already.` });
  });

  it('says what is not there, and what is no id', async () => {
    expect(await problemOf(await call('orders/999999/cancel'))).toMatchObject({ status: 404 });
    expect(await problemOf(await call('orders/9223372036854775808/cancel'))).toMatchObject({ status: 400 });
    expect(await problemOf(await call('orders/0x1/cancel'))).toMatchObject({ status: 400 });
    const about = await problemOf(await call('comments', { orderId: '999999' }));
    expect(about).toMatchObject({ status: 404, detail: 'There is no order 999999.' });
  });

  it('leads a ticket through its life', async () => {
    const { id } = await post('tickets', { subject: 'Lost', priority: 'urgent' });
    const assigned = await post(`tickets/${id}/assign`, { assigneeId: 'sam' });
    expect(assigned).toMatchObject({ assigneeId: 'sam', status: 'open' });
    expect((await call(`tickets/${id}/assign`, { assigneeId: 'sam' })).status).toBe(409);
    expect(await post(`tickets/${id}/assign`, { assigneeId: 'dana' })).toMatchObject({ assigneeId: 'dana' });
    expect((await call(`tickets/${id}/reopen`)).status).toBe(409);
    expect(await post(`tickets/${id}/close`)).toMatchObject({ status: 'closed', subject: 'Lost' });
    expect((await call(`tickets/${id}/close`)).status).toBe(409);
    expect(await post(`tickets/${id}/reopen`)).toMatchObject({ status: 'open', priority: 'urgent' });
  });

  describe('on a busy day', () => {
    const rows = async () => (await count('orders')) + (await count('comments')) + (await count('tickets'));

    it('writes at the rate asked for, and stops when told', async () => {
      const before = await rows();
      const started = Date.now();
      expect(await (await call('busy', { perSecond: 100 }, 'PUT')).json()).toEqual({ perSecond: 100 });
      expect(await get('busy')).toEqual({ perSecond: 100 });
      await until(async () => (await rows()) >= before + 60);
      // A hundred a second, four in five of them new rows, and never faster.
      expect(Date.now() - started).toBeGreaterThan(500);

      expect(await (await call('busy', { perSecond: 0 }, 'PUT')).json()).toEqual({ perSecond: 0 });
      const stopped = await rows();
      for (let i = 0; i < 20; i++) expect(await rows()).toBe(stopped);
    });

    it('goes on when its connections are cut', async () => {
      await call('busy', { perSecond: 50 }, 'PUT');
      const before = await rows();
      await until(async () => (await rows()) > before);
      await sql.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'sample shop' and datname = current_database()`);
      const cut = await rows();
      await until(async () => (await rows()) > cut + 10);
      await call('busy', { perSecond: 0 }, 'PUT');
    });

    it.each([-1, 201, '5', null])('refuses %p a second', async (perSecond) => {
      expect(await problemOf(await call('busy', { perSecond }, 'PUT'))).toMatchObject({ status: 400 });
    });

    it('ends with the process', async () => {
      const other = await startHttpApp({
        imports: [SampleModule.forRoot({ databaseUrl: database.url })],
        publicPaths: ['/shop'],
      });
      await fetch(`${other.url}/shop/busy`, send('PUT', { perSecond: 200 }));
      await other.close();
      const closed = await rows();
      for (let i = 0; i < 20; i++) expect(await rows()).toBe(closed);
    });
  });

  it('says that the database is away when it never was there', async () => {
    const databaseUrl = 'postgresql://nobody:secrets@127.0.0.1:1/none';
    const other = await startHttpApp({ imports: [SampleModule.forRoot({ databaseUrl })], publicPaths: ['/shop'] });
    try {
      const document = await problemOf(await fetch(`${other.url}/shop/orders`));
      expect(document).toMatchObject({ status: 503, type: 'urn:belfry:problem:database-unavailable' });
      expect(JSON.stringify(document)).not.toContain('secrets');
    } finally {
      await other.close();
    }
  });

  it('says that the database is away when it goes in the middle of a request', async () => {
    // On a connection of its own: a transaction goes on seeing the pg_stat_activity of its first look.
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('begin; lock table orders in access exclusive mode');
    const answer = fetch(`${app.url}/shop/orders`);
    const cut = `
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'sample shop' and datname = current_database() and wait_event_type = 'Lock'`;
    await until(async () => (await sql.query(cut)).rowCount === 1);
    await holder.end();
    const document = await problemOf(await answer);
    expect(document).toMatchObject({ status: 503, type: 'urn:belfry:problem:database-unavailable' });
    expect((await fetch(`${app.url}/shop/orders`)).status).toBe(200);
  });
});
