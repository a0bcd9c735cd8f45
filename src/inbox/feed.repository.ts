import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import { type Notification, type NotificationRow, type OwnState, SEVERITIES, type Severity, toNotification } from '../journal/notification.js';
import { CHANGED, DIRECTION, type Direction, filteredStretch, IS_OPEN, isAddressedTo, NO_END, OWN_STATE, PURGED_UP_TO, stretch } from './own-state.sql.js';

export interface FeedFilter {
  status: 'unread' | 'read' | 'all';
  /** One of these; undefined: any. */
  topics?: readonly string[] | undefined;
  severities?: readonly Severity[] | undefined;
  /** Only what is addressed to the admin by name. */
  mine?: boolean;
  /** Words that all occur in title or body, in whatever case. */
  q?: string | undefined;
  archived: boolean;
  /** What sleeps, and nothing else. */
  snoozed: boolean;
  limit: number;
  /** Only what is below this position, the ones next to it. */
  before?: bigint | undefined;
  /** Only what is above this position, the ones next to it. */
  after?: bigint | undefined;
}

type Row = NotificationRow & OwnState;

/**
 * Notifications that one search looks through, the newest that fit all else: a word that hardly anything has costs no more than one
 * that everything has. Whoever wants more goes on from there.
 */
export const LOOKED_THROUGH = 2_000;

export interface FeedPage {
  notifications: Notification[];
  /** There is more beyond the page's far end, or more to look through. */
  hasMore: boolean;
  /** Positions that the next older and the next newer page are asked for with; null where there is nothing to go by. */
  before: string | null;
  after: string | null;
}

/**
 * One admin's notifications. Every query asks for the channels of the principal that it is given, at the moment of asking,
 * so who lost a role sees nothing of that role's any more.
 */
@Injectable()
export class FeedRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** A page, newest first. */
  async page(principal: Principal, filter: FeedFilter): Promise<FeedPage> {
    if (filter.q !== undefined) return this.search(principal, filter, filter.q.split(/\s+/));
    const forward = filter.after !== undefined && filter.before === undefined;
    const direction = forward ? 'asc' : 'desc';
    const order = DIRECTION[direction];
    const oneMore = filter.limit + 1;
    const rows = await this.prisma.$queryRaw<Row[]>`
      with i as materialized (select * from belfry.inboxes where user_id = ${principal.userId}),
           page as (
             select distinct position from (${candidates(principal, filter, direction, oneMore)}) as found
              order by position ${order} limit ${oneMore})
      select n.*, ${CHANGED}, ${OWN_STATE}
        from page
        join belfry.notifications n using (position)
       cross join i
        left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
       order by n.position ${order}`;
    const notifications = rows.slice(0, filter.limit).map((row) => toNotification(row, row));
    if (forward) notifications.reverse();
    const [first, last] = [notifications[0], notifications.at(-1)];
    return { notifications, hasMore: rows.length > filter.limit, before: last?.position ?? null, after: first?.position ?? null };
  }

  /**
   * Of the newest that fit all else those that have the words. As many are looked through in each place that they are found in; of what
   * lies below the end of one of these places nothing is known, so the search ends there.
   */
  private async search(principal: Principal, filter: FeedFilter, words: readonly string[]): Promise<FeedPage> {
    const ofEach = Math.min(LOOKED_THROUGH, Math.max(filter.limit, Math.ceil((2 * LOOKED_THROUGH) / places(principal, filter))));
    const rows = await this.prisma.$queryRaw<((Row | { id: null }) & { lowest: bigint | null })[]>`
      with i as materialized (select * from belfry.inboxes where user_id = ${principal.userId}),
           found as materialized (${candidates(principal, filter, 'desc', ofEach)}),
           lowest as materialized (
             select max(position) as position from (select min(position) as position from found group by place having count(*) >= ${ofEach}) as cut),
           page as materialized (
             select looked_at.position
               from (select distinct position from found where position >= coalesce((select position from lowest), 0)) as looked_at
              cross join lateral (select ${hasAll(words)} as has_all from belfry.notifications n where n.position = looked_at.position offset 0) as text
              where has_all
              order by position desc limit ${filter.limit + 1})
      select shown.*, lowest.position as lowest
        from lowest left join (
          select n.*, ${CHANGED}, ${OWN_STATE}
            from page
            join belfry.notifications n using (position)
           cross join i
            left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position) as shown on true
       order by shown.position desc`;
    const all = rows.filter((row): row is Row & { lowest: bigint | null } => row.id !== null);
    const notifications = all.slice(0, filter.limit).map((row) => toNotification(row, row));
    const [first, last] = [notifications[0], notifications.at(-1)];
    const after = first?.position ?? null;
    if (all.length > filter.limit) return { notifications, hasMore: true, before: last?.position ?? null, after };
    const lowest = rows[0]?.lowest ?? null;
    return { notifications, hasMore: lowest !== null, before: lowest === null ? (last?.position ?? null) : String(lowest), after };
  }

  /** Those of these ids that are the admin's to see, newest first. */
  async find(principal: Principal, ids: readonly bigint[]): Promise<Notification[]> {
    const rows = await this.prisma.$queryRaw<Row[]>`
      select n.*, ${CHANGED}, ${OWN_STATE}
        from belfry.notifications n
        join belfry.inboxes i on i.user_id = ${principal.userId}
        left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
       where n.id = any (${ids}::bigint[]) and ${isAddressedTo(principal.channels)}
       order by n.position desc`;
    return rows.map((row) => toNotification(row, row));
  }
}

/**
 * Where a page's positions are found, each place in its own order and cut at the page's length. By the watermark where the
 * status goes by it: an admin who has read everything is not searched through for what is unread.
 */
function candidates(principal: Principal, filter: FeedFilter, direction: Direction, limit: number): Prisma.Sql {
  const channels = channelsOf(principal, filter);
  const wanted = conditions(filter);
  const { before, after = 0n } = filter;
  const top = before === undefined ? NO_END : Prisma.sql`${before}::bigint`;
  const within = (position: Prisma.Sql): Prisma.Sql => Prisma.sql`${position} > ${after} and ${position} < ${top}`;
  const order = DIRECTION[direction];
  // One index scan per channel, then merged: what other channels hold costs nothing. `offset 0` has each row looked at as it
  // comes, until the page is full; joined outright, PostgreSQL may choose to read all of a table first.
  const byChannel = (above: Prisma.Sql, below: Prisma.Sql): Prisma.Sql => {
    const { where, order, each, place } = partOf(filter, Prisma.sql`greatest(${after}, ${PURGED_UP_TO}, ${above})`, Prisma.sql`least(${top}, ${below})`, direction);
    return Prisma.sql`
      select found.position, ${place} as place
        from i cross join unnest(${channels}::text[]) as c (channel) ${each}
       cross join lateral (
         select a.position
           from belfry.audience a
          cross join lateral (
            select ${wanted} as wanted
              from belfry.notifications n
              left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
             where n.position = a.position
            offset 0) as looked_at
          where ${where} and looked_at.wanted
          order by ${order} limit ${limit}) as found`;
  };
  const byReceipt = (which: Prisma.Sql): Prisma.Sql => Prisma.sql`
    (select r.position, 'receipts' as place
       from i
       join belfry.receipts r on r.user_id = i.user_id
       join belfry.notifications n on n.position = r.position
      where ${within(Prisma.sql`r.position`)} and ${wanted} and ${which} and ${isAddressedTo(channels)}
      order by r.position ${order} limit ${limit})`;
  const settled = (which: Prisma.Sql, place: string): Prisma.Sql => Prisma.sql`
    (select n.position, ${place} as place
       from i
       join belfry.notifications n on ${which} and n.position > i.read_up_to
       left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
      where ${within(Prisma.sql`n.position`)} and ${wanted} and ${isAddressedTo(channels)}
      order by n.position ${order} limit ${limit})`;
  if (filter.archived) return byReceipt(Prisma.sql`r.archived_at is not null`);
  if (filter.snoozed) return byReceipt(Prisma.sql`r.snoozed_until is not null`);
  if (filter.status === 'all') return byChannel(Prisma.sql`0`, NO_END);
  const parts =
    filter.status === 'unread'
      ? [byChannel(Prisma.sql`i.read_up_to`, NO_END), byReceipt(Prisma.sql`r.read = false and r.position <= i.read_up_to`)]
      : [
          byChannel(Prisma.sql`0`, Prisma.sql`i.read_up_to + 1`),
          byReceipt(Prisma.sql`r.read and r.position > i.read_up_to`),
          settled(Prisma.sql`n.resolved_at is not null`, 'resolved'),
          settled(Prisma.sql`n.claimed_by is not null`, 'claimed'),
        ];
  return Prisma.join(parts, ' union all ');
}

/** In how many places candidates are looked for. */
function places(principal: Principal, filter: FeedFilter): number {
  const severities = filter.severities?.length ?? SEVERITIES.length;
  const each = filter.topics ? filter.topics.length * severities : (filter.severities?.length ?? 1);
  return channelsOf(principal, filter).length * each + 3;
}

function channelsOf({ userId, channels }: Principal, { mine = false }: FeedFilter): readonly string[] {
  return mine ? [`user:${userId}`] : channels;
}

/** As they stand, and in whatever case: no word of theirs means anything else. */
function hasAll(words: readonly string[]): Prisma.Sql {
  if (words.length === 0) return Prisma.sql`true`;
  const text = Prisma.sql`lower(concat_ws(' ', n.title, n.body))`;
  return Prisma.join(words.map((word) => Prisma.sql`strpos(${text}, lower(${word})) > 0`), ' and ');
}

/** Which stretches of a channel are looked through, and in which order: all of it, or those of each topic and severity that is asked for. */
function partOf(
  { topics, severities }: FeedFilter,
  above: Prisma.Sql,
  below: Prisma.Sql,
  direction: Direction,
): { where: Prisma.Sql; order: Prisma.Sql; each: Prisma.Sql; place: Prisma.Sql } {
  const asked = Prisma.sql`unnest(${severities ?? SEVERITIES}::text[]) as s (severity)`;
  if (topics) {
    const each = Prisma.sql`cross join (select t.topic, s.severity from unnest(${topics}::text[]) as t (topic) cross join ${asked}) as f`;
    return { ...filteredStretch('topic', above, below, direction), each, place: Prisma.sql`concat_ws(' ', c.channel, f.topic, f.severity)` };
  }
  if (severities) {
    const each = Prisma.sql`cross join (select s.severity from ${asked}) as f`;
    return { ...filteredStretch('severity', above, below, direction), each, place: Prisma.sql`concat_ws(' ', c.channel, f.severity)` };
  }
  return { ...stretch(above, below, direction), each: Prisma.empty, place: Prisma.sql`c.channel` };
}

function conditions({ status, topics, severities, archived, snoozed }: FeedFilter): Prisma.Sql {
  const all = [archived ? Prisma.sql`r.archived_at is not null` : Prisma.sql`r.archived_at is null`];
  all.push(snoozed ? Prisma.sql`r.snoozed_until is not null` : Prisma.sql`r.snoozed_until is null`);
  if (status === 'unread') all.push(IS_OPEN);
  if (status === 'read') all.push(Prisma.sql`not ${IS_OPEN}`);
  if (topics) all.push(Prisma.sql`n.topic = any (${topics}::text[])`);
  if (severities) all.push(Prisma.sql`n.severity = any (${severities}::text[])`);
  return Prisma.join(all, ' and ');
}
