import type { Principal } from '../auth/principal.js';
import { Prisma } from '../database/generated/client.js';
import { SEVERITIES } from '../journal/notification.js';
import { exceptions, isException } from './exceptions.sql.js';
import type { FeedFilter } from './feed-filter.js';
import { isMuted, unmutedOf } from './muted.sql.js';
import { DIRECTION, type Direction, filteredStretch, IS_ELSEWHERE, IS_OFF_UNREAD, isAddressedTo, NO_END, PLACE, PURGED_UP_TO, stretch } from './own-state.sql.js';

/** The last of all positions. */
const LAST = 2n ** 63n - 1n;

/** What a receipt says of what a list by status does not show where its notification is. */
const IS_OFF = { all: IS_ELSEWHERE, unread: IS_OFF_UNREAD, read: Prisma.sql`(r.read is false or ${IS_ELSEWHERE})` };

/** The tables that candidates go by, to go after `i`. */
export function readAhead({ status, after = 0n }: FeedFilter): Prisma.Sql {
  return exceptions(IS_OFF[status], status === 'unread' ? Prisma.sql`greatest(i.read_up_to, ${after})` : Prisma.sql`${after}`);
}

/**
 * Where a page is found: positions, their places for this admin, which are what pages go by, and the source they are from. Each
 * source is in the order of its places and cut at the page's length. By the watermark where the status goes by it: an admin who
 * has read everything is not searched through for what is unread.
 */
export function candidates(principal: Principal, filter: FeedFilter, direction: Direction, limit: number): Prisma.Sql {
  const channels = channelsOf(principal, filter);
  const { before, after = 0n } = filter;
  const top = before === undefined ? NO_END : Prisma.sql`${before}::bigint`;
  const within = (position: Prisma.Sql): Prisma.Sql => Prisma.sql`${position} > ${after} and ${position} < ${top}`;
  const order = DIRECTION[direction];
  const muted = filter.topics ? [] : (filter.muted ?? []);
  const wanted = conditions(filter);
  // One index scan per channel, then merged: what other channels hold costs nothing. `offset 0` has each row looked at as it comes,
  // until the page is full: with the price of `wanted` on each of its own rows PostgreSQL takes another index for cheaper, and sorts.
  const byChannel = (above: Prisma.Sql, below: Prisma.Sql, only: Prisma.Sql, wanted: Prisma.Sql, by: FeedFilter = filter): Prisma.Sql => {
    const ends = { above: Prisma.sql`greatest(${after}, ${PURGED_UP_TO}, ${above})`, below: Prisma.sql`least(${top}, ${below})` };
    const { where, order, each, source } = partOf(by, ends.above, ends.below, direction);
    if (muted.length > 0) {
      const which = by.severities ? Prisma.sql`pair.severity = f.severity` : Prisma.sql`true`;
      return Prisma.sql`
        select found.position, found.position as place, concat_ws(' ', ${source}, found.part) as source
          from i cross join unnest(${channels}::text[]) as c (channel) ${each}
         cross join lateral (${unmutedOf({ where, order, ...ends, direction, only, wanted, which, limit }, muted)}) as found`;
    }
    return Prisma.sql`
      select found.position, found.position as place, ${source} as source
        from i cross join unnest(${channels}::text[]) as c (channel) ${each}
       cross join lateral (
         select a.position
           from belfry.audience a cross join lateral (select ${wanted} as wanted offset 0) as looked_at
          where ${where} and ${only} and looked_at.wanted
          order by ${order} limit ${limit}) as found`;
  };
  // A stretch of the admin's own receipts, as those of the channels are. `own`: of the receipt alone; `which`: of the notification too.
  const byReceipt = (own: Prisma.Sql, which = Prisma.sql`true`, place = PLACE, source = 'receipts'): Prisma.Sql => Prisma.sql`
    select found.position, found.place, ${source}::text as source
      from i cross join lateral (
        select r.position, ${place} as place
          from belfry.receipts r
         cross join lateral (
           select ${wanted} and ${which} and ${isAddressedTo(channels)} as wanted from belfry.notifications n where n.position = r.position offset 0) as looked_at
         where (r.user_id, ${place}) > (i.user_id, ${after}) and (r.user_id, ${place}) < (i.user_id, ${top}) and ${own} and looked_at.wanted
         order by r.user_id ${order}, ${place} ${order} limit ${limit}) as found`;
  // By position, what is there; by its own place, what has come back to one. A receipt with one says whether it is read.
  const marked = (own: Prisma.Sql, which?: Prisma.Sql): Prisma.Sql => byReceipt(Prisma.sql`r.surfaced is null and ${own}`, which, Prisma.sql`r.position`);
  const surfaced = (own: Prisma.Sql, which?: Prisma.Sql): Prisma.Sql =>
    byReceipt(Prisma.sql`r.surfaced is not null and ${own}`, which, Prisma.sql`r.surfaced`, 'surfaced');
  const isOpen = Prisma.sql`n.resolved_at is null and (n.claimed_by is null or n.claimed_by = i.user_id)`;
  const taken = Prisma.sql`
    (select n.position, n.position as place, 'taken' as source
       from i
       join belfry.notifications n on n.claimed_by = i.user_id and n.resolved_at is null and n.position > i.read_up_to
       left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
      where ${within(Prisma.sql`n.position`)} and ${wanted} and r.read is distinct from true and r.surfaced is null and ${isAddressedTo(channels)}
      order by n.position ${order} limit ${limit})`;
  const isOff = isException(IS_OFF[filter.status], Prisma.sql`a.position`);
  if (filter.archived) return byReceipt(Prisma.sql`r.archived_at is not null`);
  if (filter.snoozed) return byReceipt(Prisma.sql`r.snoozed_until is not null`);
  if (filter.status === 'all') return Prisma.join([byChannel(Prisma.sql`0`, NO_END, Prisma.sql`true`, Prisma.sql`not ${isOff}`), surfaced(Prisma.sql`true`)], ' union all ');
  if (filter.status === 'unread') {
    const again = marked(Prisma.sql`r.read = false and r.position <= i.read_up_to`, isOpen);
    const back = surfaced(Prisma.sql`r.read = false`, isOpen);
    return Prisma.join([byChannel(Prisma.sql`i.read_up_to`, NO_END, Prisma.sql`not a.settled`, Prisma.sql`not ${isOff}`), again, taken, back], ' union all ');
  }
  // Everybody's business no more, whether it was read or not; but for what the admin has taken on, it is read.
  const isTaken = Prisma.sql`exists (select from belfry.notifications n where n.position = a.position and n.resolved_at is null and n.claimed_by = i.user_id)`;
  const isElsewhere = Prisma.sql`coalesce((select ${IS_ELSEWHERE} from belfry.receipts r where r.user_id = i.user_id and r.position = a.position), false)`;
  const { topics, severities } = filter;
  const fits = Prisma.sql`${topics ? Prisma.sql`a.topic = any (${topics}::text[])` : Prisma.sql`true`} and ${severities ? Prisma.sql`a.severity = any (${severities}::text[])` : Prisma.sql`true`}`;
  return Prisma.join(
    [
      byChannel(Prisma.sql`0`, Prisma.sql`i.read_up_to + 1`, Prisma.sql`true`, Prisma.sql`not ${isOff}`),
      byChannel(Prisma.sql`i.read_up_to`, NO_END, Prisma.sql`a.settled`, Prisma.sql`${fits} and not ${isElsewhere} and not ${isTaken}`, { ...filter, topics: undefined, severities: undefined }),
      marked(Prisma.sql`r.read = (r.position > i.read_up_to)`, Prisma.sql`(r.read or not (${isOpen}))`),
      surfaced(Prisma.sql`true`, Prisma.sql`(r.read or not (${isOpen}))`),
    ],
    ' union all ',
  );
}

/** Ids of the newest that fit, up to a place and down to another. */
export async function newest(
  db: Pick<Prisma.TransactionClient, '$queryRaw'>,
  principal: Principal,
  upTo: bigint,
  some: Pick<FeedFilter, 'status' | 'topics' | 'muted' | 'after' | 'limit'>,
): Promise<bigint[]> {
  const filter = { ...some, archived: false, snoozed: false, before: upTo < LAST ? upTo + 1n : undefined };
  const rows = await db.$queryRaw<{ id: bigint }[]>`
    with i as materialized (select * from belfry.inboxes where user_id = ${principal.userId}),
         ${readAhead(filter)},
         page as materialized (
           select distinct position, place from (${candidates(principal, filter, 'desc', filter.limit)}) as found
            order by place desc limit ${filter.limit})
    select (select n.id from belfry.notifications n where n.position = page.position) as id from page order by place desc`;
  return rows.map(({ id }) => id);
}

/** In how many sources candidates are looked for. */
export function sources(principal: Principal, filter: FeedFilter): number {
  const severities = filter.severities?.length ?? SEVERITIES.length;
  const each = filter.topics ? filter.topics.length * severities : (filter.severities?.length ?? 1);
  return channelsOf(principal, filter).length * each + 4;
}

function channelsOf({ userId, channels }: Principal, { mine = false }: FeedFilter): readonly string[] {
  return mine ? [`user:${userId}`] : channels;
}

/** Which stretches of a channel are looked through, and in which order: all of it, or those of each topic and severity that is asked for. */
function partOf(
  { topics, severities }: FeedFilter,
  above: Prisma.Sql,
  below: Prisma.Sql,
  direction: Direction,
): { where: Prisma.Sql; order: Prisma.Sql; each: Prisma.Sql; source: Prisma.Sql } {
  const asked = Prisma.sql`unnest(${severities ?? SEVERITIES}::text[]) as s (severity)`;
  if (topics) {
    const each = Prisma.sql`cross join (select t.topic, s.severity from unnest(${topics}::text[]) as t (topic) cross join ${asked}) as f`;
    return { ...filteredStretch('topic', above, below, direction), each, source: Prisma.sql`concat_ws(' ', c.channel, f.topic, f.severity)` };
  }
  if (severities) {
    const each = Prisma.sql`cross join (select s.severity from ${asked}) as f`;
    return { ...filteredStretch('severity', above, below, direction), each, source: Prisma.sql`concat_ws(' ', c.channel, f.severity)` };
  }
  return { ...stretch(above, below, direction), each: Prisma.empty, source: Prisma.sql`c.channel` };
}

/** Of the notification `n` and its receipt `r` where they are not found by the audience, in which all this stands. */
function conditions({ topics, muted = [], severities, archived, snoozed }: FeedFilter): Prisma.Sql {
  const all = [archived ? Prisma.sql`r.archived_at is not null` : Prisma.sql`r.archived_at is null`];
  all.push(snoozed ? Prisma.sql`r.snoozed_until is not null` : Prisma.sql`r.snoozed_until is null`);
  if (topics) all.push(Prisma.sql`n.topic = any (${topics}::text[])`);
  else if (!archived && !snoozed && muted.length > 0) all.push(Prisma.sql`not ${isMuted(Prisma.sql`n.topic`, muted)}`);
  if (severities) all.push(Prisma.sql`n.severity = any (${severities}::text[])`);
  return Prisma.join(all, ' and ');
}
