import type { Principal } from '../auth/principal.js';
import { Prisma } from '../database/generated/client.js';
import { COUNT_CAP } from './counts.js';
import { exceptions, isException } from './exceptions.sql.js';
import { isMuted, unmutedPairs } from './muted.sql.js';
import { filteredStretch, isAddressedTo, IS_OFF_UNREAD, NO_END, PURGED_UP_TO, stretch } from './own-state.sql.js';

/** Whose inbox, and what reaches it: all of a principal that counting goes by. */
export interface InboxOf extends Pick<Principal, 'userId' | 'channels'> {
  /** Topics of which nothing counts. */
  muted?: readonly string[];
}

/** Counted to one above the cap, which tells that there are more. */
const ENOUGH = COUNT_CAP + 1;
/** A look reads this many times what it needs where every channel has enough: some have not, and some come by several. */
const MORE = 1.25;

/**
 * The tables `i` (the inbox) and `unread (position, place)`: what is unread, each once however many channels it came by, one above the
 * cap at most, those with the highest places. To go after `with`.
 *
 * It reads a bounded number of rows however much is unread, and in however many roles: at first only the newest of each channel.
 * Where these are more than the cap already, what lies below changes no count. Only else it goes on in those channels that had more,
 * at first for as much as is missing, and then to the end.
 */
export function unread({ userId, channels, muted = [] }: InboxOf): Prisma.Sql {
  return Prisma.sql`
    i as materialized (select *, greatest(read_up_to, seen_up_to) as unseen_from from belfry.inboxes where user_id = ${userId}),
    ${exceptions(IS_OFF_UNREAD, Prisma.sql`i.read_up_to`)},
    ${Prisma.join(LOOKS.map((_, nth) => look(nth, channels, muted)))},
    unread as materialized (
      select position, place from (
        select position, position as place from (${foundBy(LOOKS.length, muted)}) as by_channel
        union all
        (${taken(channels, muted)})
        union all
        (${surfaced(channels, muted)})
        union all
        select n.position, n.position
          from i
          join belfry.receipts r on r.user_id = i.user_id and r.read = false and r.archived_at is null
                                and r.snoozed_until is null and r.surfaced is null and r.position <= i.read_up_to
          join belfry.notifications n on n.position = r.position and n.resolved_at is null and (n.claimed_by is null or n.claimed_by = r.user_id)
         where not ${isMuted(Prisma.sql`n.topic`, muted)} and ${isAddressedTo(channels)}
      ) as found
      group by position, place order by place desc limit ${ENOUGH})`;
}

/** The tables of each look: what it found, which channels had more below, and whether all looks up to it are enough. */
const LOOKS = [
  { found: Prisma.sql`found_1`, cut: Prisma.sql`cut_1`, soFar: Prisma.sql`so_far_1` },
  { found: Prisma.sql`found_2`, cut: Prisma.sql`cut_2`, soFar: Prisma.sql`so_far_2` },
  { found: Prisma.sql`found_3`, cut: Prisma.sql`cut_3`, soFar: Prisma.sql`so_far_3` },
] as const;

/**
 * The next newest of each channel above the watermark; all that can be unread but for what was marked so one by one, and what the
 * admin has taken on.
 */
function look(nth: number, channels: readonly string[], muted: readonly string[]): Prisma.Sql {
  const { found, cut, soFar } = LOOKS[nth] ?? LOOKS[0];
  const before = LOOKS[nth - 1];
  const isLast = nth === LOOKS.length - 1;
  const first = Math.ceil((MORE * ENOUGH) / channels.length);
  const ofEach = isLast ? Prisma.sql`${ENOUGH}` : before ? Prisma.sql`(select more from ${before.soFar})` : Prisma.sql`${first}`;
  const { where, order } = stretch(Prisma.sql`greatest(i.read_up_to, ${PURGED_UP_TO})`, before ? Prisma.sql`c.lowest` : NO_END, 'desc');
  const searched = before ? Prisma.sql`${before.cut} as c` : Prisma.sql`unnest(${channels}::text[]) as c (channel)`;
  const wanted = before ? Prisma.sql`not (select is_enough from ${before.soFar})` : Prisma.sql`true`;
  const isOpen = Prisma.sql`not a.settled and not ${isException(IS_OFF_UNREAD, Prisma.sql`a.position`)}`;
  if (isLast && muted.length > 0 && before) return byPairs(found, Prisma.sql`(select * from ${before.cut} where ${wanted})`, isOpen, muted);
  // What is muted is looked at too, so that a look reads no more than it says.
  const isLeftOut = muted.length > 0 ? Prisma.sql`, ${isMuted(Prisma.sql`a.topic`, muted)} as muted` : Prisma.empty;
  const rows = Prisma.sql`
    ${found} as materialized (
      select c.channel, above.*
        from i cross join ${searched}
       cross join lateral (
         select a.position${isLeftOut}
           from belfry.audience a
          where ${wanted} and ${where} and ${isOpen}
          order by ${order} limit ${ofEach}) as above)`;
  if (isLast) return rows;
  return Prisma.sql`${rows},
    ${cut} as materialized (
      select channel, min(position) as lowest from ${found} group by channel having count(*) = ${ofEach}),
    ${soFar} as materialized (
      select unread > ${COUNT_CAP} and (unseen > ${COUNT_CAP} or not exists (select from ${cut}, i where lowest > unseen_from)) as is_enough,
             greatest(1, ceil(${MORE}::float8 * (${ENOUGH} - case when unread > ${COUNT_CAP} then unseen else unread end) * rows / unread / nullif((select count(*) from ${cut}), 0)))::bigint as more
        from (select sum(times) as rows, count(*) as unread, count(*) filter (where position > (select unseen_from from i)) as unseen
                from (select position, count(*) as times from (${foundBy(nth + 1, muted)}) as each_of group by position) as each_once) as counted)`;
}
/** What the first looks found, so many of them. */
function foundBy(looks: number, muted: readonly string[]): Prisma.Sql {
  const given = muted.length > 0 ? Prisma.sql`where not muted` : Prisma.empty;
  return Prisma.join(LOOKS.slice(0, looks).map(({ found }) => Prisma.sql`select position from ${found} ${given}`), ' union all ');
}

/** The last look where topics are muted, of which there may be any number on top: through the other topics of each channel by themselves. */
function byPairs(found: Prisma.Sql, channels: Prisma.Sql, isOpen: Prisma.Sql, muted: readonly string[]): Prisma.Sql {
  const { where, order } = filteredStretch('topic', Prisma.sql`greatest(i.read_up_to, ${PURGED_UP_TO})`, Prisma.sql`c.lowest`, 'desc');
  return Prisma.sql`
    ${found} as materialized (
      select c.channel, above.position, false as muted
        from i cross join ${channels} as c
       cross join lateral ${unmutedPairs(muted)} as f
       cross join lateral (
         select a.position
           from belfry.audience a cross join lateral (select ${isOpen} as wanted offset 0) as looked_at
          where ${where} and looked_at.wanted
          order by ${order} limit ${ENOUGH}) as above)`;
}

/** What the admin has taken on: settled for all others. */
function taken(channels: readonly string[], muted: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    select n.position, n.position as place
      from i join belfry.notifications n on n.claimed_by = i.user_id and n.resolved_at is null and n.position > i.read_up_to
     where not ${isException(IS_OFF_UNREAD, Prisma.sql`n.position`)} and not ${isMuted(Prisma.sql`n.topic`, muted)} and ${isAddressedTo(channels)}
     order by n.position desc limit ${ENOUGH}`;
}

/** What has come back when its snooze was due, from a place of its own. */
function surfaced(channels: readonly string[], muted: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    select back.position, back.place
      from i cross join lateral (
        select r.position, r.surfaced as place
          from belfry.receipts r
         cross join lateral (
           select not ${isMuted(Prisma.sql`n.topic`, muted)} and n.resolved_at is null and (n.claimed_by is null or n.claimed_by = r.user_id) and ${isAddressedTo(channels)} as wanted
             from belfry.notifications n where n.position = r.position offset 0) as looked_at
         where r.user_id = i.user_id and r.surfaced is not null and r.read = false and r.archived_at is null and r.snoozed_until is null
           and looked_at.wanted
         order by r.surfaced desc limit ${ENOUGH}) as back`;
}
