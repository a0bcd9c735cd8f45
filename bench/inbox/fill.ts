import type pg from 'pg';

/** Admins with an inbox. Every fifth has never read anything, every other fifth nothing for long; the others are nearly done. */
export const ADMINS = 5_000;
/** Roles that notifications go to; `role:support` gets a third of all besides. */
export const ROLES = 40;
/** Admins like those that nothing is said of, but that they have muted topics, or that 1,000 at most came back to them from a snooze, among the last 3,000. */
export const OTHERS = { muted: ['u10', 'u11', 'u12', 'u15', 'u16', 'u17'], snoozed: ['u20', 'u21', 'u22', 'u25', 'u26', 'u27'] } as const;
/** Three topics of twenty. */
export const MUTED = ['topic.t1', 'topic.t2', 'topic.t3'];
/** Notifications written in one transaction. */
const BATCH = 250_000;

/** Carries on from what is there up to so many notifications, with the rows that the relay would have written. */
export async function fill(client: pg.ClientBase, upTo: number): Promise<void> {
  const { rows } = await client.query<{ position: string }>('select position from belfry.relay_state');
  await client.query('set synchronous_commit = off');
  for (let from = Number(rows[0]?.position); from < upTo; from += BATCH) await fillSome(client, from, Math.min(from + BATCH, upTo));
  await client.query(`
    insert into belfry.inboxes (user_id, read_up_to, seen_up_to)
    select 'u' || a, p.position, p.position
      from generate_series(0, ${ADMINS - 1}) a cross join belfry.relay_state s
     cross join lateral (select case when a % 5 = 0 then 0 when a % 5 = 1 then s.position / 2 else s.position - 3000 end as position) p
    on conflict (user_id) do update set read_up_to = excluded.read_up_to, seen_up_to = excluded.seen_up_to`);
  await client.query(`
    insert into belfry.preferences (user_id, preferences)
    select user_id, jsonb_build_object('mutedTopics', $2::text[]) from unnest($1::text[]) as user_id
    on conflict do nothing`, [OTHERS.muted, MUTED]);
  // To everybody who has a role of these admins'.
  await client.query(`
    insert into belfry.receipts (user_id, position, read, surfaced)
    select user_id, n, false, s.position - 3 * nth
      from belfry.relay_state s, unnest($1::text[]) as user_id, lateral (select 42 + 120 * nth as n, nth from generate_series(0, 999) nth) as numbered
     where n <= s.position
    on conflict (user_id, position) do update set read = false, surfaced = excluded.surfaced`, [OTHERS.snoozed]);
  await client.query('vacuum analyze belfry.notifications, belfry.audience, belfry.inboxes, belfry.receipts, belfry.preferences');
  await client.query('checkpoint');
}

async function fillSome(client: pg.ClientBase, from: number, to: number): Promise<void> {
  await client.query(`
    begin;
    insert into belfry.notifications (id, position, topic, severity, title, body, link, source_table, source_key, created_at, updated_at, rule, change)
    select n, n, case when n % 50000 = 7 then 'rare.topic' else 'topic.t' || n % 20 end,
           case when n % 1000 = 3 then 'critical' when n % 20 = 5 then 'warning' else 'info' end,
           'New order #' || n, 'Customer ' || n % 9973 || ', EUR ' || n % 1000, '/orders/' || n, 'public.orders', n::text,
           now(), now(), 1, jsonb_build_object('old', null, 'new', jsonb_build_object('id', n, 'total', n % 1000), 'operation', 'insert', 'transaction', n)
      from generate_series(${from + 1}, ${to}) n;
    insert into belfry.audience (channel, position, topic, severity)
    select channel, n, topic, severity from belfry.notifications m, lateral (select m.id as n) as numbered cross join lateral (
      select 'role:r' || n % ${ROLES} as channel
      union all select 'role:support' where n % 3 = 0
      union all select 'everyone' where n % 100 = 0
      union all select 'user:u' || n / 10 % ${ADMINS} where n % 10 = 1) c
     where m.id > ${from} and m.id <= ${to};
    insert into belfry.receipts (user_id, position, read, read_at)
    select 'u' || n % ${ADMINS}, n, n % 40 <> 0, now() from generate_series(${from + 1}, ${to}) n where n % 20 = 0;
    update belfry.relay_state set position = ${to};
    commit`);
}
