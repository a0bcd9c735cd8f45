import type pg from 'pg';

/** Rows of each table whose rows are updated. */
export const EDITED_ROWS = 20_000;

/** The business's table, once for each way to be watched: not at all, by Belfry, and by a trigger that always notifies. */
export const WAYS = ['bare', 'belfry', 'notify'] as const;
export type Way = (typeof WAYS)[number];

/** The rules of the sample shop's orders, for the tables that Belfry watches. */
export const RULES = `
rules:
  - topic: order.created
    table: public.belfry_orders
    on: insert
    audience: [role:sales]
    severity: info
    title: "New order #{{ row.id }}"
    body: "{{ row.customer_name }}, {{ row.total_cents | money: row.currency }}"
    link: "/orders/{{ row.id }}"
  - topic: order.cancelled
    table: public.belfry_edited
    on: update
    columns: [status]
    when: "new.status = 'cancelled'"
    audience: [role:sales, role:finance]
    severity: warning
    title: "Order #{{ row.id }} was cancelled"
    body: "{{ row.customer_name }}: {{ old.status }} → {{ row.status }}"
`;

const ORDERS = `(
  id bigint generated always as identity primary key,
  customer_name text not null,
  total_cents bigint not null,
  currency text not null default 'EUR',
  status text not null default 'placed',
  note text,
  created_at timestamptz not null default now()
)`;

export async function createTables(client: pg.ClientBase): Promise<void> {
  for (const way of WAYS) {
    await client.query(`create table ${way}_orders ${ORDERS}`);
    await client.query(`create table ${way}_edited ${ORDERS}`);
    await client.query(
      `insert into ${way}_edited (customer_name, total_cents) select 'Customer ' || i, i from generate_series(1, $1::int) as i`,
      [EDITED_ROWS],
    );
  }
  // What is commonly written first: the row into an outbox, and a notification, at each commit.
  await client.query(`
    create table notify_outbox (id bigint generated always as identity primary key, row jsonb not null);
    create function notify_outbox() returns trigger language plpgsql as $$
    declare
      outbox_id bigint;
    begin
      insert into notify_outbox (row) values (to_jsonb(new)) returning id into outbox_id;
      perform pg_notify('notify_outbox', outbox_id::text);
      return null;
    end
    $$;
    create trigger notify_outbox after insert on notify_orders for each row execute function notify_outbox();`);
}

/** Gives every measurement the same empty tables and the same distance to the next checkpoint. */
export async function emptyTables(client: pg.ClientBase): Promise<void> {
  await client.query(`truncate ${WAYS.map((way) => `${way}_orders`).join(', ')}, notify_outbox`);
  await client.query('checkpoint');
}
