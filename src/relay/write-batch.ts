import type pg from 'pg';
import { JOURNAL_CHANNEL } from '../database/listener.js';
import { arrayLiteral, bigints, booleans, integers, jsons, texts, times } from './arrays.js';
import type { Batch } from './batch.js';
import { answerPublications } from './publication.js';
import { reviseNotifications } from './revise-notifications.js';
import { surface } from './surface.js';
import { whatChanged } from './written.js';

// One statement, so that a batch costs one round trip whatever it holds, but for what lives on.
const WRITE = `
  with written_notifications as (
    insert into belfry.notifications (id, position, topic, severity, title, body, link, source_table, source_key, actor,
                                      created_at, updated_at, committed_at, rule, change, occurrences, key, latest,
                                      window_ends_at, expires_at, resolvable, resolved_at, resolved_by, escalate_at, escalate_to)
    select id, id, topic, severity, title, body, link, source_table, source_key, actor, created_at, updated_at, committed_at,
           rule, change, occurrences, key, latest::text[], window_ends_at, expires_at, resolvable, resolved_at, resolved_by,
           escalate_at, escalate_to::text[]
      from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                  $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::integer[], $14::jsonb[],
                  $15::integer[], $16::text[], $17::text[], $18::timestamptz[], $19::timestamptz[], $20::boolean[],
                  $21::timestamptz[], $22::text[], $59::timestamptz[], $60::text[])
        as n (id, topic, severity, title, body, link, source_table, source_key, actor, created_at, updated_at, committed_at,
              rule, change, occurrences, key, latest, window_ends_at, expires_at, resolvable, resolved_at, resolved_by,
              escalate_at, escalate_to)
  ), written_audience as (
    insert into belfry.audience (channel, position, topic, severity, settled)
    select a.channel, a.position, n.topic, n.severity, n.resolved_at is not null
      from unnest($23::text[], $24::bigint[]) as a (channel, position)
      join unnest($1::bigint[], $2::text[], $3::text[], $21::timestamptz[]) as n (id, topic, severity, resolved_at) on n.id = a.position
  ), written_journal as (
    insert into belfry.journal (position, channels, notification, receipt, occurred_at, purged_up_to, raised_from, readdressed, own_of, reopens)
    select position, coalesce(channels::text[], array(select a.channel from belfry.notifications n join belfry.audience a using (position) where n.id = entry.notification)),
           notification, receipt, occurred_at, purged_up_to, raised_from, readdressed, own_of, reopens
      from unnest($25::bigint[], $26::text[], $27::bigint[], $28::jsonb[], $29::timestamptz[], $30::bigint[], $31::bigint[], $54::boolean[], $57::text[], $58::boolean[])
        as entry (position, channels, notification, receipt, occurred_at, purged_up_to, raised_from, readdressed, own_of, reopens)
  ), parked as (
    insert into belfry.failed_changes (id, rule, operation, key, old, new, receipt, transaction, captured_at,
                                       db_role, application, actor, resolves, test_for, bulk_rows, bulk_first, reason)
    select id, rule, operation, key, old, new, receipt, transaction, captured_at, db_role, application, actor, resolves,
           test_for::text[], bulk_rows, bulk_first, reason
      from unnest($32::bigint[], $33::integer[], $34::text[], $35::text[], $36::jsonb[], $37::jsonb[], $38::jsonb[],
                  $39::xid8[], $40::timestamptz[], $41::text[], $42::text[], $43::text[], $44::boolean[], $53::text[], $55::bigint[], $56::jsonb[], $45::text[])
        as failed (id, rule, operation, key, old, new, receipt, transaction, captured_at, db_role, application, actor, resolves,
                   test_for, bulk_rows, bulk_first, reason)
  ), tallied as (
    update belfry.rules r
       set fired = r.fired + t.fired, failed = r.failed + t.failed,
           last_fired_at = case when t.fired > 0 then now() else r.last_fired_at end,
           last_error = coalesce(t.last_error, r.last_error), drift = coalesce(t.drift, r.drift)
      from unnest($46::integer[], $47::bigint[], $48::bigint[], $49::text[], $50::text[]) as t (id, fired, failed, last_error, drift)
     where r.id = t.id
  ), numbered as (
    update belfry.relay_state set position = $51
  )
  select pg_notify('${JOURNAL_CHANNEL}', $51::text) where $52`;

/**
 * Writes a batch inside the caller's transaction, and wakes every tail at its commit unless `quiet`.
 *
 * @param meanwhile what there is to do while the server writes; asks it nothing
 */
export async function writeBatch(client: pg.ClientBase, batch: Batch, quiet: boolean, meanwhile?: () => Promise<void>): Promise<void> {
  const { journal, failures } = batch;
  // What was there before comes first: a key that it gives up may be another's in this very batch.
  await reviseNotifications(client, batch.notifications);
  await answerPublications(client, batch.publications);
  await surface(client, journal);
  const begun = batch.notifications.filter(({ before }) => !before);
  const audience = begun.flatMap(({ position, channels }) => channels.map((channel) => ({ position, channel })));
  const tallies = [...batch.tallies];
  const writing = client.query({
    name: 'relay-write',
    text: WRITE,
    values: [
      bigints(begun, ({ id }) => id),
      texts(begun, ({ topic }) => topic),
      texts(begun, ({ content }) => content?.rendered.severity),
      texts(begun, ({ content }) => content?.rendered.title),
      texts(begun, ({ content }) => content?.rendered.body),
      texts(begun, ({ content }) => content?.rendered.link),
      texts(begun, ({ sourceTable }) => sourceTable),
      texts(begun, ({ sourceKey }) => sourceKey),
      texts(begun, ({ content }) => content?.change.actor),
      times(begun, ({ createdAt }) => createdAt),
      times(begun, ({ content, resolved }) => resolved?.at ?? content?.change.captured_at),
      times(begun, ({ content }) => content?.change.committed_at),
      integers(begun, ({ content }) => content?.change.rule),
      jsons(begun, ({ content }) => content && whatChanged(content.change)),
      integers(begun, ({ occurrences }) => occurrences),
      texts(begun, ({ key, released }) => (released ? null : key)),
      texts(begun, ({ key, latest }) => (key === null ? null : arrayLiteral(latest))),
      times(begun, ({ windowEndsAt }) => windowEndsAt),
      times(begun, ({ content }) => content?.expiresAt),
      booleans(begun, ({ content }) => content?.resolvable),
      times(begun, ({ resolved }) => resolved?.at),
      texts(begun, ({ resolved }) => resolved?.by),
      texts(audience, ({ channel }) => channel),
      bigints(audience, ({ position }) => position),
      bigints(journal, ({ position }) => position),
      texts(journal, ({ channels }) => (channels === null ? null : arrayLiteral(channels))),
      bigints(journal, ({ notification }) => notification),
      jsons(journal, ({ receipt }) => receipt),
      times(journal, ({ occurredAt }) => occurredAt),
      bigints(journal, ({ purgedUpTo }) => purgedUpTo),
      bigints(journal, ({ raisedFrom }) => raisedFrom),
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
      failures.map(({ change }) => change.resolves),
      failures.map(({ reason }) => reason),
      tallies.map(([id]) => id),
      tallies.map(([, { fired }]) => fired),
      tallies.map(([, { failed }]) => failed),
      tallies.map(([, { lastError }]) => lastError),
      tallies.map(([, { drift }]) => drift),
      batch.position,
      !quiet && journal.length > 0,
      failures.map(({ change }) => (change.test_for ? arrayLiteral(change.test_for) : null)),
      booleans(journal, ({ readdressed }) => readdressed),
      failures.map(({ change }) => change.bulk_rows),
      failures.map(({ change }) => change.bulk_first),
      texts(journal, ({ ownOf }) => ownOf),
      booleans(journal, ({ reopens }) => reopens),
      times(begun, ({ escalateAt }) => escalateAt),
      texts(begun, ({ escalateTo }) => (escalateTo.length === 0 ? null : arrayLiteral(escalateTo))),
    ],
  });
  await Promise.all([writing, meanwhile?.()]);
}
