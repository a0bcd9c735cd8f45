import type pg from 'pg';
import { arrayLiteral } from './array-literal.js';
import type { Content, Live } from './ledger.js';
import { whatChanged } from './written.js';

// Whatever its audience was: it moves to the new position, and so do those who are addressed now. Receipts stay behind.
const RAISE = `
  with raised as (
    update belfry.notifications n
       set position = r.position, severity = r.severity, title = r.title, body = r.body, link = r.link, source_key = r.source_key,
           actor = r.actor, updated_at = r.updated_at, committed_at = r.committed_at, delivered_at = now(), rule = r.rule,
           change = r.change, occurrences = r.occurrences, latest = r.latest::text[], window_ends_at = r.window_ends_at,
           expires_at = r.expires_at, resolvable = r.resolvable
      from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                  $9::timestamptz[], $10::timestamptz[], $11::integer[], $12::jsonb[], $13::integer[], $14::text[],
                  $15::timestamptz[], $16::timestamptz[], $17::boolean[])
        as r (id, position, severity, title, body, link, source_key, actor, updated_at, committed_at, rule, change, occurrences,
              latest, window_ends_at, expires_at, resolvable)
     where n.id = r.id
    returning n.position, n.topic, n.severity, n.resolved_at is not null or n.claimed_by is not null as settled
  ), left_behind as (
    delete from belfry.audience where position = any ($18::bigint[])
  )
  insert into belfry.audience (channel, position, topic, severity, settled)
  select a.channel, a.position, raised.topic, raised.severity, raised.settled
    from unnest($19::text[], $20::bigint[]) as a (channel, position)
    join raised using (position)`;

const SETTLE = `
  update belfry.notifications n
     set resolved_at = coalesce(s.resolved_at, n.resolved_at), resolved_by = coalesce(s.resolved_by, n.resolved_by),
         updated_at = coalesce(s.resolved_at, n.updated_at), key = case when s.released then null else n.key end
    from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::boolean[]) as s (id, resolved_at, resolved_by, released)
   where n.id = s.id`;

type Raised = Live & { before: NonNullable<Live['before']>; content: Content };

/** Brings notifications that were there before to where they are now. Asks nothing where there is none. */
export async function reviseNotifications(client: pg.ClientBase, notifications: readonly Live[]): Promise<void> {
  const raised = notifications.filter((live): live is Raised => live.before !== undefined && live.content !== undefined);
  if (raised.length > 0) await raise(client, raised);
  const settled = notifications.filter(({ before, resolved, released }) => before && (resolved ?? released));
  if (settled.length === 0) return;
  await client.query({
    name: 'relay-settle',
    text: SETTLE,
    values: [
      settled.map(({ id }) => id),
      settled.map(({ resolved }) => resolved?.at),
      settled.map(({ resolved }) => resolved?.by),
      settled.map(({ released }) => released),
    ],
  });
}

async function raise(client: pg.ClientBase, raised: readonly Raised[]): Promise<void> {
  const audience = raised.flatMap(({ position, channels }) => channels.map((channel) => ({ position, channel })));
  await client.query({
    name: 'relay-raise',
    text: RAISE,
    values: [
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
      raised.map(({ before }) => before.position),
      audience.map(({ channel }) => channel),
      audience.map(({ position }) => position),
    ],
  });
}
