import type pg from 'pg';

/** Changes in one transaction, as the relay takes them. */
const BATCH = 250;

/** Tables like Belfry's own, and one with a row per recipient, as notification tables commonly are. */
export async function useBaselines(client: pg.ClientBase): Promise<void> {
  await client.query(`
    create schema bench;
    create table bench.notifications (like belfry.notifications including all);
    create table bench.audience (like belfry.audience including all);
    create table bench.journal (like belfry.journal including all);
    create table bench.recipients (
      id bigint generated always as identity primary key, user_id text not null, topic text not null, title text not null,
      body text, link text, created_at timestamptz not null default now(), read_at timestamptz);
    create index on bench.recipients (user_id, id desc) where read_at is null;`);
}

/**
 * The rows that the relay wrote, written once more by three statements in one transaction: what the database alone needs,
 * without rendering, numbering, waking, or a commit per batch. @returns changes per second
 */
export async function copyInSql(client: pg.ClientBase, changes: number): Promise<number> {
  await client.query('truncate bench.notifications, bench.audience, bench.journal');
  await client.query('checkpoint');
  const start = performance.now();
  await client.query(`
    begin;
    insert into bench.notifications select * from belfry.notifications;
    insert into bench.audience select * from belfry.audience;
    insert into bench.journal select * from belfry.journal;
    commit;`);
  return (changes * 1_000) / (performance.now() - start);
}

/** A row for each recipient of each change, in the relay's batches. @returns changes per second */
export async function rowPerRecipient(client: pg.ClientBase, changes: number, recipients: number): Promise<number> {
  await client.query('truncate bench.recipients');
  await client.query('checkpoint');
  const start = performance.now();
  for (let from = 0; from < changes; from += BATCH) {
    await client.query({
      name: 'row-per-recipient',
      text: `insert into bench.recipients (user_id, topic, title, body, link)
             select 'admin-' || a, n.topic, n.title, n.body, n.link
               from (select * from belfry.notifications order by id offset $1 limit $2) as n,
                    generate_series(1, $3::int) as a`,
      values: [from, BATCH, recipients],
    });
  }
  return (changes * 1_000) / (performance.now() - start);
}
