import { Prisma } from '../database/generated/client.js';

// Fragments over n: the notification, i: the inbox, r: this admin's receipt of where it stands now, or nothing.

/** Above the watermark and not read one by one, or below it and marked unread again. Never null, though r may be. */
export const IS_UNREAD = Prisma.sql`((n.position > i.read_up_to and r.read is distinct from true) or r.read is false)`;

/** Unread, and still somebody's business: what the counts count. What was resolved is history, read or not. */
export const IS_OPEN = Prisma.sql`(${IS_UNREAD} and n.resolved_at is null)`;

/** Nothing up to this position is there any more, though its rows may still be. Asked once a statement. */
export const PURGED_UP_TO = Prisma.sql`(select notifications_purged_up_to from belfry.retention)`;

/** `OwnState`. What was read was seen; under a watermark, the time is that of its last move. */
export const OWN_STATE = Prisma.sql`
  case when not ${IS_UNREAD} then coalesce(r.read_at, i.read_at) end as "readAt",
  case when not ${IS_UNREAD} then coalesce(r.read_at, i.read_at) when n.position <= i.seen_up_to then i.seen_at end as "seenAt",
  r.archived_at as "archivedAt", r.snoozed_until as "snoozedUntil"`;

/** Whether the notification is there, and addressed to one of these channels. */
export function isAddressedTo(channels: readonly string[]): Prisma.Sql {
  return Prisma.sql`(n.position > ${PURGED_UP_TO}
    and exists (select from belfry.audience a where a.position = n.position and a.channel = any (${channels}::text[])))`;
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

export const DIRECTION = { asc: Prisma.sql`asc`, desc: Prisma.sql`desc` };
export type Direction = keyof typeof DIRECTION;

/** Above every position. */
export const NO_END = Prisma.sql`9223372036854775807`;
