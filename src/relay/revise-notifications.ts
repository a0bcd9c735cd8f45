import type pg from 'pg';
import { arrayLiteral } from './arrays.js';
import type { Content, Live } from './ledger.js';
import { whatChanged } from './written.js';

const MOVED = 'n.position, n.topic, n.severity, n.resolved_at is not null or n.claimed_by is not null as settled';

// Whatever its audience was: it moves to the new position, and so do those who are addressed now. Receipts stay behind.
const AUDIENCE_MOVES = `left_behind as (
    delete from belfry.audience where position = any ($1::bigint[])
  )
  insert into belfry.audience (channel, position, topic, severity, settled)
  select a.channel, a.position, raised.topic, raised.severity, raised.settled
    from unnest($2::text[], $3::bigint[]) as a (channel, position)
    join raised using (position)`;

const RAISE = `
  with raised as (
    update belfry.notifications n
       set position = r.position, severity = r.severity, title = r.title, body = r.body, link = r.link, source_key = r.source_key,
           actor = r.actor, updated_at = r.updated_at, committed_at = r.committed_at, delivered_at = now(), rule = r.rule,
           change = r.change, occurrences = r.occurrences, latest = r.latest::text[], window_ends_at = r.window_ends_at,
           expires_at = r.expires_at, resolvable = r.resolvable, escalate_at = r.escalate_at,
           escalate_to = r.escalate_to::text[], escalated_at = r.escalated_at
      from unnest($4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                  $12::timestamptz[], $13::timestamptz[], $14::integer[], $15::jsonb[], $16::integer[], $17::text[],
                  $18::timestamptz[], $19::timestamptz[], $20::boolean[], $21::timestamptz[], $22::text[], $23::timestamptz[])
        as r (id, position, severity, title, body, link, source_key, actor, updated_at, committed_at, rule, change, occurrences,
              latest, window_ends_at, expires_at, resolvable, escalate_at, escalate_to, escalated_at)
     where n.id = r.id
    returning ${MOVED}
  ), ${AUDIENCE_MOVES}`;

// Its content stays as it is.
const ESCALATE = `
  with raised as (
    update belfry.notifications n
       set position = e.position, updated_at = e.escalated_at, delivered_at = now(), escalate_at = null, escalated_at = e.escalated_at
      from unnest($4::bigint[], $5::bigint[], $6::timestamptz[]) as e (id, position, escalated_at)
     where n.id = e.id
    returning ${MOVED}
  ), ${AUDIENCE_MOVES}`;

const SETTLE = `
  update belfry.notifications n
     set resolved_at = coalesce(s.resolved_at, n.resolved_at), resolved_by = coalesce(s.resolved_by, n.resolved_by),
         updated_at = coalesce(s.resolved_at, n.updated_at), key = case when s.released then null else n.key end,
         escalate_at = coalesce(s.escalate_at, n.escalate_at)
    from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::boolean[], $5::timestamptz[])
      as s (id, resolved_at, resolved_by, released, escalate_at)
   where n.id = s.id`;

type Moved = Live & { before: NonNullable<Live['before']> };
type Raised = Moved & { content: Content };

/** Brings notifications that were there before to where they are now. Asks nothing where there is none. */
export async function reviseNotifications(client: pg.ClientBase, notifications: readonly Live[]): Promise<void> {
  const raised = notifications.filter((live): live is Raised => live.before !== undefined && live.content !== undefined);
  if (raised.length > 0) await raise(client, raised);
  const escalated = notifications.filter((live): live is Moved => live.before !== undefined && !live.content && live.escalation === 'told');
  if (escalated.length > 0) await escalate(client, escalated);
  const settled = notifications.filter(({ before, resolved, released, escalation }) => before && (resolved ?? (released || escalation === 'put off')));
  if (settled.length === 0) return;
  await client.query({
    name: 'relay-settle',
    text: SETTLE,
    values: [
      settled.map(({ id }) => id),
      settled.map(({ resolved }) => resolved?.at),
      settled.map(({ resolved }) => resolved?.by),
      settled.map(({ released }) => released),
      settled.map(({ escalation, escalateAt }) => (escalation === 'put off' ? escalateAt : null)),
    ],
  });
}

async function raise(client: pg.ClientBase, raised: readonly Raised[]): Promise<void> {
  await client.query({
    name: 'relay-raise',
    text: RAISE,
    values: [
      ...audienceOf(raised),
      raised.map(({ id }) => id),
      raised.map(({ position }) => position),
      raised.map(({ content }) => content.rendered.severity),
      raised.map(({ content }) => content.rendered.title),
      raised.map(({ content }) => content.rendered.body),
      raised.map(({ content }) => content.rendered.link),
      raised.map(({ sourceKey }) => sourceKey),
      raised.map(({ content }) => content.change.actor),
      raised.map(({ content }) => content.change.captured_at),
      raised.map(({ content }) => content.change.committed_at),
      raised.map(({ content }) => content.change.rule),
      raised.map(({ content }) => whatChanged(content.change)),
      raised.map(({ occurrences }) => occurrences),
      raised.map(({ latest }) => arrayLiteral(latest)),
      raised.map(({ windowEndsAt }) => windowEndsAt),
      raised.map(({ content }) => content.expiresAt),
      raised.map(({ content }) => content.resolvable),
      raised.map(({ escalateAt }) => escalateAt),
      raised.map(({ escalateTo }) => (escalateTo.length === 0 ? null : arrayLiteral(escalateTo))),
      raised.map(({ escalatedAt }) => escalatedAt),
    ],
  });
}

async function escalate(client: pg.ClientBase, escalated: readonly Moved[]): Promise<void> {
  await client.query({
    name: 'relay-escalate',
    text: ESCALATE,
    values: [...audienceOf(escalated), escalated.map(({ id }) => id), escalated.map(({ position }) => position), escalated.map(({ escalatedAt }) => escalatedAt)],
  });
}

/** What `AUDIENCE_MOVES` is given: positions left behind, and each channel with its new one. */
function audienceOf(moved: readonly Moved[]): unknown[][] {
  const audience = moved.flatMap(({ position, channels }) => channels.map((channel) => ({ position, channel })));
  return [moved.map(({ before }) => before.position), audience.map(({ channel }) => channel), audience.map(({ position }) => position)];
}
