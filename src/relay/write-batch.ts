import type pg from 'pg';
import { parseExact, stringifyExact } from '../rules/exact-number.js';
import { JOURNAL_CHANNEL } from '../database/listener.js';
import type { Batch } from './batch.js';
import type { Change } from './outbox.js';

/** Longest string of a row that is kept beside the notification, in characters: enough to see what changed. */
const LONGEST_KEPT = 1_000;

// One statement, so that a batch costs one round trip whatever it holds.
const WRITE = `
  with written_notifications as (
    insert into belfry.notifications (id, position, topic, severity, title, body, link, source_table, source_key, actor,
                                      created_at, updated_at, committed_at, rule, change)
    select * from unnest($1::bigint[], $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                         $9::text[], $10::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::integer[], $13::jsonb[])
  ), written_audience as (
    insert into belfry.audience (channel, position) select * from unnest($14::text[], $15::bigint[])
  ), written_journal as (
    insert into belfry.journal (position, channels, notification, receipt, occurred_at, purged_up_to)
    select position, coalesce(channels::text[], array(select a.channel from belfry.notifications n join belfry.audience a using (position) where n.id = entry.notification)),
           notification, receipt, occurred_at, purged_up_to
      from unnest($16::bigint[], $17::text[], $18::bigint[], $19::jsonb[], $20::timestamptz[], $41::bigint[])
        as entry (position, channels, notification, receipt, occurred_at, purged_up_to)
  ), parked as (
    insert into belfry.failed_changes (id, rule, operation, key, old, new, receipt, transaction, captured_at,
                                       db_role, application, actor, test_for, reason)
    select id, rule, operation, key, old, new, receipt, transaction, captured_at, db_role, application, actor, test_for::text[], reason
      from unnest($21::bigint[], $22::integer[], $23::text[], $24::text[], $25::jsonb[], $26::jsonb[], $27::jsonb[],
                  $28::xid8[], $29::timestamptz[], $30::text[], $31::text[], $32::text[], $42::text[], $33::text[])
        as failed (id, rule, operation, key, old, new, receipt, transaction, captured_at, db_role, application, actor, test_for, reason)
  ), tallied as (
    update belfry.rules r
       set fired = r.fired + t.fired, failed = r.failed + t.failed,
           last_fired_at = case when t.fired > 0 then now() else r.last_fired_at end,
           last_error = coalesce(t.last_error, r.last_error), drift = coalesce(t.drift, r.drift)
      from unnest($34::integer[], $35::bigint[], $36::bigint[], $37::text[], $38::text[]) as t (id, fired, failed, last_error, drift)
     where r.id = t.id
  ), numbered as (
    update belfry.relay_state set position = $39
  )
  select pg_notify('${JOURNAL_CHANNEL}', $39::text) where $40`;

/** Writes a batch inside the caller's transaction, and wakes every tail at its commit unless `quiet`. */
export async function writeBatch(client: pg.ClientBase, batch: Batch, quiet: boolean): Promise<void> {
  const { notifications, journal, failures } = batch;
  const audience = notifications.flatMap(({ id, rendered }) => rendered.channels.map((channel) => ({ id, channel })));
  const tallies = [...batch.tallies];
  await client.query({
    name: 'relay-write',
    text: WRITE,
    values: [
      notifications.map(({ id }) => id),
      notifications.map(({ rendered }) => rendered.topic),
      notifications.map(({ rendered }) => rendered.severity),
      notifications.map(({ rendered }) => rendered.title),
      notifications.map(({ rendered }) => rendered.body),
      notifications.map(({ rendered }) => rendered.link),
      notifications.map(({ rendered }) => rendered.sourceTable),
      notifications.map(({ rendered }) => rendered.sourceKey),
      notifications.map(({ change }) => change.actor),
      notifications.map(({ change }) => change.captured_at),
      notifications.map(({ change }) => change.committed_at),
      notifications.map(({ change }) => change.rule),
      notifications.map(({ change }) => whatChanged(change)),
      audience.map(({ channel }) => channel),
      audience.map(({ id }) => id),
      journal.map(({ position }) => position),
      journal.map(({ channels }) => (channels === null ? null : arrayLiteral(channels))),
      journal.map(({ notification }) => notification),
      journal.map(({ receipt }) => receipt),
      journal.map(({ occurredAt }) => occurredAt),
      failures.map(({ change }) => change.id),
      failures.map(({ change }) => change.rule),
      failures.map(({ change }) => change.operation),
      failures.map(({ change }) => change.key),
      failures.map(({ change }) => change.old),
      failures.map(({ change }) => change.new),
      failures.map(({ change }) => (change.receipt ? JSON.stringify(change.receipt) : null)),
      failures.map(({ change }) => change.transaction),
      failures.map(({ change }) => change.captured_at),
      failures.map(({ change }) => change.db_role),
      failures.map(({ change }) => change.application),
      failures.map(({ change }) => change.actor),
      failures.map(({ reason }) => reason),
      tallies.map(([id]) => id),
      tallies.map(([, { fired }]) => fired),
      tallies.map(([, { failed }]) => failed),
      tallies.map(([, { lastError }]) => lastError),
      tallies.map(([, { drift }]) => drift),
      batch.position,
      !quiet && journal.length > 0,
      journal.map(({ purgedUpTo }) => purgedUpTo),
      failures.map(({ change }) => (change.test_for ? arrayLiteral(change.test_for) : null)),
    ],
  });
}

/**
 * The change as it is shown to an admin who asks why: `{ operation, old, new, transaction, dbRole, application }`.
 * The rows are JSON as they come, so that most need not be read to be written.
 */
function whatChanged({ operation, old, new: now, transaction, db_role: dbRole, application, test_for: test }: Change): string {
  const rest = JSON.stringify({ operation: test ? 'test' : operation, transaction, dbRole, application });
  return `{"old":${kept(old)},"new":${kept(now)},${rest.slice(1)}`;
}

function kept(json: string | null): string {
  if (json === null || json.length <= LONGEST_KEPT) return json ?? 'null';
  const row = parseExact(json);
  if (typeof row !== 'object' || row === null) return json;
  return stringifyExact(Object.fromEntries(Object.entries(row).map(([column, value]) => [column, shortened(value)])));
}

function shortened(value: unknown): unknown {
  const text = typeof value === 'string' ? value : stringifyExact(value);
  return text.length > LONGEST_KEPT ? `${text.slice(0, LONGEST_KEPT).replace(/[\uD800-\uDBFF]$/, '')}…` : value;
}

/** A text[] literal; arrays of different lengths can't be sent as one array of arrays. */
function arrayLiteral(channels: readonly string[]): string {
  return `{${channels.map((channel) => `"${channel.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;
}
