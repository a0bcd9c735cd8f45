import type { Principal } from '../auth/principal.js';
import { Prisma } from '../database/generated/client.js';
import { COUNT_CAP } from './counts.js';
import { isAddressedTo, NO_END, PURGED_UP_TO, stretch } from './own-state.sql.js';

/** Whose inbox, and what reaches it: all of a principal that counting goes by. */
export type InboxOf = Pick<Principal, 'userId' | 'channels'>;

/** Counted to one above the cap, which tells that there are more. */
const ENOUGH = COUNT_CAP + 1;

/**
 * The tables `i` (the inbox) and `unread (position)`: what is unread, each once however many channels it came by, one above the
 * cap at most. To go after `with`.
 *
 * It reads a bounded number of rows however much is unread, and in however many roles: at first only the newest of each channel.
 * Where these are more than the cap already, what lies below changes no count; only else each channel is read to the cap.
 */
export function unread({ userId, channels }: InboxOf): Prisma.Sql {
  const few = Math.min(ENOUGH, Math.ceil((2 * ENOUGH) / channels.length));
  return Prisma.sql`
    i as materialized (select *, greatest(read_up_to, seen_up_to) as unseen_from from belfry.inboxes where user_id = ${userId}),
    newest as materialized (${newestUnread(channels, few, Prisma.sql`true`)}),
    cut as materialized (select min(position) as lowest from newest group by channel having ${few < ENOUGH}::boolean and count(*) = ${few}),
    is_enough as materialized (
      select not exists (select from cut)
          or ((select count(distinct position) from newest) > ${COUNT_CAP}
              and ((select count(distinct position) from newest, i where position > unseen_from) > ${COUNT_CAP}
                   or not exists (select from cut, i where lowest > unseen_from))) as is_enough),
    unread as materialized (
      select position from (
        select position from newest where (select is_enough from is_enough)
        union
        select position from (${newestUnread(channels, ENOUGH, Prisma.sql`not (select is_enough from is_enough)`)}) as every
        union
        select n.position
          from i
          join belfry.receipts r on r.user_id = i.user_id and r.read = false and r.archived_at is null
                                and r.snoozed_until is null and r.position <= i.read_up_to
          join belfry.notifications n on n.position = r.position and n.resolved_at is null and (n.claimed_by is null or n.claimed_by = r.user_id)
         where ${isAddressedTo(channels)}
      ) as found
      order by position desc limit ${ENOUGH})`;
}

/**
 * The newest of each channel above the watermark; all that can be unread but for what was marked so one by one. What else is to be
 * known of a row is asked in scalar subqueries: joined, PostgreSQL may choose to read all of a table first.
 */
function newestUnread(channels: readonly string[], ofEach: number, asked: Prisma.Sql): Prisma.Sql {
  const { where, order } = stretch(Prisma.sql`greatest(i.read_up_to, ${PURGED_UP_TO})`, NO_END, 'desc');
  return Prisma.sql`
    select c.channel, above.position
      from i cross join unnest(${channels}::text[]) as c (channel)
     cross join lateral (
       select a.position
         from belfry.audience a
        where ${asked} and ${where}
          and not coalesce((select true from belfry.notifications s where s.position = a.position
                             and (s.resolved_at is not null or s.claimed_by <> i.user_id)), false)
          and not coalesce((select r.read is true or r.archived_at is not null or r.snoozed_until is not null from belfry.receipts r
                             where r.user_id = i.user_id and r.position = a.position), false)
        order by ${order} limit ${ofEach}) as above`;
}
