import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { retryParked } from '../../src/rules/parked.js';
import { applyRules } from '../../src/rules/apply.js';
import { parseRules } from '../../src/rules/rules-file.js';
import { TestApp } from '../support/app.js';
import type { Reader } from '../support/reader.js';
import { until } from '../support/until.js';

const RULES = `
rules:
  - topic: order.created
    table: public.orders
    on: insert
    bulk: 3
    audience: [role:sales]
    title: "New order #{{ row.id }}"
    link: "/orders/{{ row.id }}"
    expire: 2d
  - topic: order.cancelled
    table: public.orders
    on: update
    columns: [status]
    when: "new.status = 'cancelled'"
    audience: ["user:{{ row.owner }}"]
    severity: "{% if row.total > 100 %}critical{% else %}info{% endif %}"
    title: "#{{ row.id }} was cancelled"
    bulk:
      over: 3
      audience: [role:sales]
      severity: warning
      title: "{{ count | number }} orders cancelled"
      body: "{% for one in rows %}{{ one.customer }} {% endfor %}{{ titles | size }} {{ rows[0].total }}"
      link: "/orders?status=cancelled"
  - topic: ticket.opened
    table: public.tickets
    on: insert
    audience: [role:support]
    title: "{{ row.subject }}"
    bulk: 3
    resolve: { on: delete }
  - topic: comment.created
    table: public.comments
    on: insert
    audience: [role:shop]
    title: "{% if count > 1 %}{{ count }} comments{% else %}{{ row.text }}{% endif %}"
    bulk: 3
    digest: 1h
  - topic: import.row
    table: public.imports
    on: [insert, update]
    audience: [role:ops]
    title: "{{ row.name }}"
    key: "import:{{ row.id }}"
    bulk: 3
  - topic: import.any
    table: public.imports
    on: [insert, update]
    audience: [role:ops]
    title: "{{ row.name }} was last"
    key: "imports"
    bulk: 3
`;

interface Item {
  id: string;
  topic: string;
  severity: string;
  title: string;
  body: string | null;
  link: string | null;
  occurrences: number;
  source: { table: string; key: string | null } | null;
  expiresAt: string | null;
  resolvedAt: string | null;
}

let app: TestApp;
const readers: Reader[] = [];
const read = async (user: string, roles: string[]): Promise<Reader> => {
  const reader = await app.read(user, roles);
  readers.push(reader);
  await reader.frame('ready');
  return reader;
};
const given = (reader: Reader): Item[] => reader.notifications as unknown as Item[];
const item = (reader: Reader, title: string): Promise<Item> => until(title, () => given(reader).findLast((one) => one.title === title));
const orders = (from: number, to: number): string =>
  `insert into orders select i, 'c' || i, 'open', 'ann', i * 10 from generate_series(${from}, ${to}) i`;
const sql = (text: string, values: unknown[] = []): Promise<unknown> => app.business.query(text, values);
const drained = (): Promise<unknown> => until('all is relayed', async () => (await app.business.query('select from belfry.changes')).rowCount === 0);

beforeAll(async () => {
  app = await TestApp.start({
    rules: RULES,
    prepare: async (client) => {
      await client.query(`
        create table public.orders (id int primary key, customer text, status text, owner text, total int);
        create table public.tickets (id int primary key, subject text);
        create table public.comments (id int primary key, text text);
        create table public.imports (id int primary key, name text)`);
    },
  });
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});
afterAll(() => app.close());

describe('a bulk', () => {
  it('is one notification, with the count and the first few, and says why', async () => {
    const ann = await read('ann', ['sales']);
    await sql(orders(1, 3));
    for (const id of [1, 2, 3]) expect(await item(ann, `New order #${id}`)).toMatchObject({ occurrences: 1, link: `/orders/${id}`, source: { key: String(id) } });
    await sql(orders(1_001, 2_204));
    const bulk = await item(ann, '1,204 × order.created');
    expect(bulk).toMatchObject({
      severity: 'info', occurrences: 1_204, link: null, source: { table: 'public.orders', key: null }, expiresAt: expect.any(String),
      body: 'New order #1001\nNew order #1002\nNew order #1003\nNew order #1004\n… and 1,200 more',
    });
    const { body } = await app.call('ann', ['sales'], 'GET', `/notifications/${bulk.id}`);
    expect((body as { why: object }).why).toMatchObject({
      rule: 'order.created', occurrences: 1_204, key: null, operation: 'insert', old: null, new: null, transaction: expect.stringMatching(/^\d+$/),
      bulk: { count: 1_204, first: [{ operation: 'insert', key: '1001', old: null, new: { id: 1_001 } }, {}, {}, {}] },
    });
    await drained();
    expect(given(ann).filter(({ topic }) => topic === 'order.created')).toHaveLength(4);
    const { rows } = await app.business.query(`select fired::int, (select count(*)::int from belfry.bulks) as marks from belfry.rules where topic = 'order.created'`);
    expect(rows).toEqual([{ fired: 4, marks: 0 }]);
  });

  it('says what the rule has for it, to whom it has for it', async () => {
    const [ann, bob] = [await read('ann', []), await read('bob', ['sales'])];
    await sql(`update orders set status = 'cancelled' where id = 1`);
    expect(await item(ann, '#1 was cancelled')).toMatchObject({ severity: 'info' });
    await sql(`update orders set status = 'cancelled' where id > 1000`);
    expect(await item(bob, '1,204 orders cancelled')).toMatchObject({
      severity: 'warning', body: 'c1001 c1002 c1003 c1004 4 10010', link: '/orders?status=cancelled', occurrences: 1_204,
    });
    await drained();
    expect(given(ann).filter(({ topic }) => topic === 'order.cancelled')).toHaveLength(1);
  });

  it('is of no row, so none resolves it; what was single is resolved by a bulk of deletes', async () => {
    const sue = await read('sue', ['support']);
    await sql(`insert into tickets select i, 'ticket ' || i from generate_series(1, 3) i`);
    await sql(`insert into tickets select i, 'ticket ' || i from generate_series(11, 20) i`);
    await item(sue, '10 × ticket.opened');
    await sql('delete from tickets');
    const resolved = (): Item[] => given(sue).filter(({ resolvedAt }) => resolvedAt !== null);
    await until('three are resolved', () => resolved().length === 3);
    await drained();
    expect(resolved().map(({ title }) => title)).toEqual(['ticket 1', 'ticket 2', 'ticket 3']);
  });

  it('counts as many in a digest', async () => {
    const sol = await read('sol', ['shop']);
    await sql(`insert into comments values (1, 'one')`);
    const first = await item(sol, 'one');
    await sql(`insert into comments select i, 'text ' || i from generate_series(2, 1000) i`);
    expect(await item(sol, '1,000 × comment.created')).toMatchObject({ id: first.id, occurrences: 1_000 });
    await sql(`insert into comments values (1001, 'last')`);
    expect(await item(sol, '1001 comments')).toMatchObject({ id: first.id, occurrences: 1_001 });
  });

  it('has the key of its rule where that is the same for every row, and is else one of its own', async () => {
    const oz = await read('oz', ['ops']);
    await sql(`insert into imports values (1, 'one')`);
    const [row, any] = [await item(oz, 'one'), await item(oz, 'one was last')];
    await sql(`insert into imports select i, 'n' || i from generate_series(2, 10) i`);
    const bulk = await item(oz, '9 × import.row');
    expect(bulk.id).not.toBe(row.id);
    expect(await item(oz, '10 × import.any')).toMatchObject({ id: any.id, occurrences: 10 });
    await sql(`update imports set name = 'again' where id = 1`);
    expect(await item(oz, 'again')).toMatchObject({ id: row.id, occurrences: 2 });
    expect(await item(oz, 'again was last')).toMatchObject({ id: any.id, occurrences: 11 });
    await sql(`update imports set name = 'all'`);
    expect((await item(oz, '10 × import.row')).id).not.toBe(bulk.id);
  });

  it('is one for each transaction, whatever the batches are that they are taken in', async () => {
    await sql(`do $$ begin for n in 0..699 loop insert into orders select 10000 + n * 10 + i, 'c', 'open', 'ann', 1 from generate_series(1, 5) i; commit; end loop; end $$`);
    await drained();
    const { rows } = await app.business.query(
      `select occurrences, count(*)::int as notifications from belfry.notifications where topic = 'order.created' and title = '5 × order.created' group by 1`,
    );
    expect(rows).toEqual([{ occurrences: 5, notifications: 700 }]);
  });

  it('is parked whole where it can\'t be rendered, and is sent whole when the rule is mended', async () => {
    const ann = await read('ann', ['sales']);
    await applyRules(app.business, parseRules(RULES.replace('bulk: 3', `bulk: { over: 3, severity: "{{ topic }}" }`)));
    await sql(orders(3_001, 3_100));
    const parked = await until('it is parked', async () =>
      (await app.business.query<{ reason: string; bulk_rows: string }>('select reason, bulk_rows from belfry.failed_changes')).rows[0]);
    expect(parked).toMatchObject({ bulk_rows: '100', reason: expect.stringContaining('severity: found "order.created"') });
    // Nobody knows for whom a bulk is under a rule that has none any more.
    await applyRules(app.business, parseRules(RULES.replace('    bulk: 3\n', '')));
    await retryParked(app.business, {});
    await until('it is parked again', async () =>
      (await app.business.query(`select from belfry.failed_changes where reason like '%has no bulk any more%'`)).rowCount === 1);
    await applyRules(app.business, parseRules(RULES));
    await retryParked(app.business, {});
    expect((await item(ann, '100 × order.created')).body).toContain('New order #3001\n');
  });

  it('that nobody has counted says what is sure: more than the number', async () => {
    const ann = await read('ann', ['sales']);
    await sql('alter table belfry.bulks disable trigger count_bulk');
    await sql(orders(4_001, 4_100));
    await item(ann, '4 × order.created');
    await sql('alter table belfry.bulks enable trigger count_bulk');
  });

  it('is told where all tables of the database are published', async () => {
    const ann = await read('ann', ['sales']);
    await sql('create publication everything for all tables');
    await sql(orders(5_001, 5_100));
    await until('the bulk', () => given(ann).some(({ body }) => body?.startsWith('New order #5001\n')));
    await drained();
    await sql('drop publication everything');
  });
});
