import { Prisma } from '../database/generated/client.js';
import { MOST_MENTIONS } from '../journal/notification.js';

// Fragments over n: the notification, i: the inbox, r: this admin's receipt of where it stands now, or nothing.

/** Above the watermark and not read one by one, or below it and marked unread again. Never null, though r may be. */
export const IS_UNREAD = Prisma.sql`((n.position > i.read_up_to and r.read is distinct from true) or r.read is false)`;

/** Put away, and so in no list but its own and in no count; or in a place of its own for this admin, where it is looked for by itself. */
export const IS_ELSEWHERE = Prisma.sql`(r.archived_at is not null or r.snoozed_until is not null or r.surfaced is not null)`;

/** What a receipt says, above the watermark, of what is not unread there. */
export const IS_OFF_UNREAD = Prisma.sql`(r.read is true or ${IS_ELSEWHERE})`;

/** Where a receipt's notification is for this admin: at its position, or where it came back to when its snooze was due. */
export const PLACE = Prisma.sql`coalesce(r.surfaced, r.position)`;

/** `NotificationRow.changed`. */
export const CHANGED = Prisma.sql`
  (select json_agg(json_build_object('column', c.key, 'from', left(c.value, 80), 'to', left(n.change -> 'new' ->> c.key, 80)))
     from (select o.key, o.value from jsonb_each_text(case when jsonb_typeof(n.change -> 'old') = 'object' then n.change -> 'old' end) as o
                   where n.change ->> 'operation' = 'update' and jsonb_exists(n.change -> 'new', o.key) and o.value is distinct from n.change -> 'new' ->> o.key
                   order by o.key limit 3) as c) as changed`;

/** `NotificationRow.mentions`. */
export const MENTIONS = Prisma.sql`
  array(select substr(a.channel, 6) from belfry.audience a where a.position = n.position and a.channel like 'user:%'
         order by a.channel collate "C" limit ${MOST_MENTIONS}) as mentions`;

/** Nothing up to this position is there any more, though its rows may still be. Asked once a statement. */
export const PURGED_UP_TO = Prisma.sql`(select notifications_purged_up_to from belfry.retention)`;

/** `OwnState`. What was read was seen; under a watermark, the time is that of its last move. */
export const OWN_STATE = Prisma.sql`
  case when not ${IS_UNREAD} then coalesce(r.read_at, i.read_at) end as "readAt",
  case when not ${IS_UNREAD} then coalesce(r.read_at, i.read_at) when coalesce(r.surfaced, n.position) <= i.seen_up_to then i.seen_at end as "seenAt",
  r.archived_at as "archivedAt", r.snoozed_until as "snoozedUntil", r.surfaced`;

/**
 * Whether the notification is there, and addressed to one of these channels. Asked of each row as it comes: as an `exists` PostgreSQL may
 * read all that these channels hold first.
 */
export function isAddressedTo(channels: readonly string[] | Prisma.Sql): Prisma.Sql {
  const any = channels instanceof Prisma.Sql ? channels : Prisma.sql`${channels}::text[]`;
  return Prisma.sql`(n.position > ${PURGED_UP_TO}
    and (select true from belfry.audience a where a.position = n.position and a.channel = any (${any}) limit 1) is true)`;
}

/**
 * Of the audience rows `a` those of a channel `c` between two positions (neither included), and their order. Written as a stretch
 * of the primary key, which no other index can give in this order: PostgreSQL walks it from one end and stops when it has enough,
 * whatever it believes about how much each channel holds.
 */
export function stretch(above: Prisma.Sql, below: Prisma.Sql, direction: Direction): { where: Prisma.Sql; order: Prisma.Sql } {
  const order = Prisma.sql`a.channel ${DIRECTION[direction]}, a.position ${DIRECTION[direction]}`;
  return { where: Prisma.sql`(a.channel, a.position) > (c.channel, ${above}) and (a.channel, a.position) < (c.channel, ${below})`, order };
}

/**
 * The same of one topic's rows of one severity, or of one severity's, each a stretch of its own index. `f` is the table of what is asked
 * for, (topic, severity) or (severity) alone.
 */
export function filteredStretch(by: FilteredBy, above: Prisma.Sql, below: Prisma.Sql, direction: Direction): { where: Prisma.Sql; order: Prisma.Sql } {
  const { place, of } = BY[by];
  const to = DIRECTION[direction];
  const order = by === 'topic' ? Prisma.sql`a.channel ${to}, a.topic ${to}, a.severity ${to}, a.position ${to}` : Prisma.sql`a.channel ${to}, a.severity ${to}, a.position ${to}`;
  return { where: Prisma.sql`${place} > (c.channel, ${of}, ${above}) and ${place} < (c.channel, ${of}, ${below})`, order };
}

export type FilteredBy = keyof typeof BY;

const BY = {
  topic: { place: Prisma.sql`(a.channel, a.topic, a.severity, a.position)`, of: Prisma.sql`f.topic, f.severity` },
  severity: { place: Prisma.sql`(a.channel, a.severity, a.position)`, of: Prisma.sql`f.severity` },
};

export const DIRECTION = { asc: Prisma.sql`asc`, desc: Prisma.sql`desc` };
export type Direction = keyof typeof DIRECTION;

/** Above every position. */
export const NO_END = Prisma.sql`9223372036854775807`;
