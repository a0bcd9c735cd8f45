import type { Principal } from '../auth/principal.js';
import { Prisma } from '../database/generated/client.js';
import { literal } from '../database/statements.js';
import { COUNT_CAP } from './counts.js';
import { exceptions, isException } from './exceptions.sql.js';
import { isMuted, unmutedPairs } from './muted.sql.js';
import { isAddressedTo, IS_OFF_UNREAD, NO_END, PURGED_UP_TO, stretch } from './own-state.sql.js';

/** Whose inbox, and what reaches it: all of a principal that counting goes by. */
export interface InboxOf extends Pick<Principal, 'userId' | 'channels'> {
  /** Topics of which nothing counts. */
  muted?: readonly string[];
}

/** Counted to one above the cap, which tells that there are more. */
const ENOUGH = COUNT_CAP + 1;
const CAP_SQL = literal(COUNT_CAP);
const ENOUGH_SQL = literal(ENOUGH);
/** A look reads this many times what it needs where every channel has enough: some have not, and some come by several. */
const MORE = 1.25;
/** What the second look reads at most: many times as much where some of it may be muted. */
const MOST = Math.ceil(MORE * ENOUGH);
const MOST_WITH_MUTED = 6 * ENOUGH;
/** And then so many times as much as it seems to need: a few too few send it through each topic by itself, at ten times the cost. */
const AMPLE = 3;

/**
 * The tables `i` (the inbox) and `unread (position, place, severity)`: what is unread, each once however many channels it came by, one above the
 * cap at most, those with the highest places. To go after `with`.
 *
 * It reads a bounded number of rows however much is unread, and in however many roles: at first only the newest of each channel.
 * Where these are more than the cap already, what lies below changes no count. Only else it goes on in those channels that had more,
 * at first for as much as is missing, and then to the end.
 */
export function unread({ userId, channels, muted = [] }: InboxOf): Prisma.Sql {
  return Prisma.sql`
    i as materialized (select *, greatest(read_up_to, seen_up_to) as unseen_from, ${channels}::text[] as channels, ${muted}::text[] as muted from belfry.inboxes where user_id = ${userId}),
    ${exceptions(IS_OFF_UNREAD, Prisma.sql`i.read_up_to`)},
    ${Prisma.join(LOOKS.map((_, nth) => look(nth, muted)))},
    unread as materialized (
      select position, place, min(severity) as severity from (
        select position, position as place, severity from (${foundBy(LOOKS.length, muted)}) as by_channel
        union all
        (${taken(muted)})
        union all
        (${surfaced(muted)})
        union all
        select n.position, n.position, n.severity
          from i
          join belfry.receipts r on r.user_id = i.user_id and r.read = false and r.archived_at is null
                                and r.snoozed_until is null and r.surfaced is null and r.position <= i.read_up_to
          join belfry.notifications n on n.position = r.position and n.resolved_at is null and (n.claimed_by is null or n.claimed_by = r.user_id)
         where ${isGiven(muted)} and ${isAddressedTo(CHANNELS)}
      ) as found
      group by position, place order by place desc limit ${ENOUGH_SQL})`;
}

/** The asker's: out of a table, so that PostgreSQL plans alike for all of them. */
const CHANNELS = Prisma.sql`i.channels`;
const IS_MUTED = { a: isMuted(Prisma.sql`a.topic`, Prisma.sql`i.muted`), n: isMuted(Prisma.sql`n.topic`, Prisma.sql`i.muted`) };

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
function look(nth: number, muted: readonly string[]): Prisma.Sql {
  const { found, cut, soFar } = LOOKS[nth] ?? LOOKS[0];
  const before = LOOKS[nth - 1];
  const isLast = nth === LOOKS.length - 1;
  const most = nth === 1 && muted.length > 0 ? literal(MOST_WITH_MUTED) : literal(MOST);
  // One of the channels is the admin's own, and nearly always has few.
  const first = Prisma.sql`(select ceil(${literal(MOST)}::float8 / greatest(1, cardinality(channels) - 1))::bigint from i)`;
  const ofEach = isLast ? ENOUGH_SQL : before ? Prisma.sql`(select more from ${before.soFar})` : first;
  const { where, order } = stretch(Prisma.sql`greatest(i.read_up_to, ${PURGED_UP_TO})`, before ? Prisma.sql`c.lowest` : NO_END, 'desc');
  const searched = before ? Prisma.sql`${before.cut} as c` : Prisma.sql`unnest(${CHANNELS}) as c (channel)`;
  const wanted = before ? Prisma.sql`not (select is_enough from ${before.soFar})` : Prisma.sql`true`;
  const isOpen = Prisma.sql`not a.settled and not ${isException(IS_OFF_UNREAD, Prisma.sql`a.position`)}`;
  if (isLast && muted.length > 0 && before) return byPairs(found, Prisma.sql`(select * from ${before.cut} where ${wanted})`, isOpen);
  // What is muted is looked at too, so that a look reads no more than it says.
  const isLeftOut = muted.length > 0 ? Prisma.sql`, ${IS_MUTED.a} as muted` : Prisma.empty;
  // Two limits, as PostgreSQL takes one that it does not know for a tenth of all there is, and so dear a question for worth compiling (JIT): that
  // takes a hundred times as long as the question.
  const rows = Prisma.sql`
    ${found} as materialized (
      select c.channel, above.*
        from i cross join ${searched}
       cross join lateral (
         select a.position, a.severity${muted.length > 0 ? Prisma.sql`, a.muted` : Prisma.empty}
           from (select a.channel, a.position, a.severity${isLeftOut}
                   from belfry.audience a
                  where ${wanted} and ${where} and ${isOpen}
                  order by ${order} limit ${most}) as a
          order by ${order} limit ${ofEach}) as above)`;
  if (isLast) return rows;
  // Where too much of it is muted the next look is the last, which does not walk through that.
  const more = muted.length > 0 ? Prisma.sql`case when more * cuts <= ${literal(MOST_WITH_MUTED)} then least(${literal(AMPLE)} * more, ${literal(MOST_WITH_MUTED)} / cuts) end` : Prisma.sql`least(more, ${literal(MOST)})`;
  return Prisma.sql`${rows},
    ${cut} as materialized (
      select channel, min(position) as lowest from ${found} group by channel having count(*) = ${ofEach}),
    ${soFar} as materialized (
      select unread > ${CAP_SQL} and (unseen > ${CAP_SQL} or not exists (select from ${cut}, i where lowest > unseen_from)) as is_enough,
             greatest(1, ${more})::bigint as more
        from (select *, ceil(${literal(MORE)}::float8 * (${ENOUGH_SQL} - case when unread > ${CAP_SQL} then unseen else unread end) * rows / nullif(unread * cuts, 0)) as more
                from (select ${rowsOf(nth + 1)} as rows, (select count(*) from ${cut}) as cuts,
                             count(*) as unread, count(*) filter (where position > (select unseen_from from i)) as unseen
                        from (select distinct position from (${foundBy(nth + 1, muted)}) as each_of) as each_once) as counted) as reckoned)`;
}

/** What the first looks found, so many of them. */
function foundBy(looks: number, muted: readonly string[]): Prisma.Sql {
  const given = muted.length > 0 ? Prisma.sql`where not muted` : Prisma.empty;
  return Prisma.join(LOOKS.slice(0, looks).map(({ found }) => Prisma.sql`select position, severity from ${found} ${given}`), ' union all ');
}

/** How many rows these looks have read, those of muted topics too. */
function rowsOf(looks: number): Prisma.Sql {
  return Prisma.join(LOOKS.slice(0, looks).map(({ found }) => Prisma.sql`(select count(*) from ${found})`), ' + ');
}

/** The last look where topics are muted, of which there may be any number on top: through the other topics of each channel by themselves. */
function byPairs(found: Prisma.Sql, channels: Prisma.Sql, isOpen: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    ${found} as materialized (
      select c.channel, above.position, f.severity, false as muted
        from i cross join ${channels} as c
       cross join lateral ${unmutedPairs(Prisma.sql`i.muted`)} as f
       cross join lateral (
         select a.position
           from belfry.audience a cross join lateral (select ${isOpen} as wanted offset 0) as looked_at
          where a.channel = c.channel and a.topic = f.topic and a.severity = f.severity
            and a.position > greatest(i.read_up_to, ${PURGED_UP_TO}) and a.position < c.lowest and looked_at.wanted
          order by a.position desc limit ${ENOUGH_SQL}) as above)`;
}

/** Of a notification. */
function isGiven(muted: readonly string[]): Prisma.Sql {
  return muted.length > 0 ? Prisma.sql`not ${IS_MUTED.n}` : Prisma.sql`true`;
}

/** What the admin has taken on: settled for all others. */
function taken(muted: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    select n.position, n.position as place, n.severity
      from i join belfry.notifications n on n.claimed_by = i.user_id and n.resolved_at is null and n.position > i.read_up_to
     where not ${isException(IS_OFF_UNREAD, Prisma.sql`n.position`)} and ${isGiven(muted)} and ${isAddressedTo(CHANNELS)}
     order by n.position desc limit ${ENOUGH_SQL}`;
}

/** What has come back when its snooze was due, from a place of its own. */
function surfaced(muted: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    select back.position, back.place, back.severity
      from i cross join lateral (
        select r.position, r.surfaced as place, looked_at.severity
          from belfry.receipts r
         cross join lateral (
           select n.severity, ${isGiven(muted)} and n.resolved_at is null and (n.claimed_by is null or n.claimed_by = r.user_id) and ${isAddressedTo(CHANNELS)} as wanted
             from belfry.notifications n where n.position = r.position offset 0) as looked_at
         where r.user_id = i.user_id and r.surfaced is not null and r.read = false and r.archived_at is null and r.snoozed_until is null
           and looked_at.wanted
         order by r.surfaced desc limit ${ENOUGH_SQL}) as back`;
}
