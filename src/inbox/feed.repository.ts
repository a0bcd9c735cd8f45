import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import { type Notification, type NotificationRow, type OwnState, toNotification } from '../journal/notification.js';
import { candidates, readAhead, sources } from './candidates.sql.js';
import type { FeedFilter } from './feed-filter.js';
import { CHANGED, DIRECTION, isAddressedTo, MENTIONS, OWN_STATE } from './own-state.sql.js';

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
  /** Places that the next older and the next newer page are asked for with; null where there is nothing to go by. */
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
           ${readAhead(filter)},
           page as (
             select distinct position, place from (${candidates(principal, filter, direction, oneMore)}) as found
              order by place ${order} limit ${oneMore})
      select n.*, ${CHANGED}, ${MENTIONS}, ${OWN_STATE}
        from page
        join belfry.notifications n using (position)
       cross join i
        left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
       order by page.place ${order}`;
    const notifications = rows.slice(0, filter.limit).map((row) => toNotification(row, row));
    if (forward) notifications.reverse();
    const [first, last] = [notifications[0], notifications.at(-1)];
    return { notifications, hasMore: rows.length > filter.limit, before: placeOf(last), after: placeOf(first) };
  }

  /**
   * Of the newest that fit all else those that have the words. As many are looked through in each source that they are found in; of what
   * lies below the end of one of these sources nothing is known, so the search ends there.
   */
  private async search(principal: Principal, filter: FeedFilter, words: readonly string[]): Promise<FeedPage> {
    const ofEach = Math.min(LOOKED_THROUGH, Math.max(filter.limit, Math.ceil((2 * LOOKED_THROUGH) / sources(principal, filter))));
    const rows = await this.prisma.$queryRaw<((Row | { id: null }) & { lowest: bigint | null })[]>`
      with i as materialized (select * from belfry.inboxes where user_id = ${principal.userId}),
           ${readAhead(filter)},
           found as materialized (${candidates(principal, filter, 'desc', ofEach)}),
           lowest as materialized (
             select max(place) as place from (select min(place) as place from found group by source having count(*) >= ${ofEach}) as cut),
           page as materialized (
             select looked_at.position, looked_at.place
               from (select distinct position, place from found where place >= coalesce((select place from lowest), 0)) as looked_at
              cross join lateral (select ${hasAll(words)} as has_all from belfry.notifications n where n.position = looked_at.position offset 0) as text
              where has_all
              order by place desc limit ${filter.limit + 1})
      select shown.*, lowest.place as lowest
        from lowest left join (
          select n.*, ${CHANGED}, ${MENTIONS}, ${OWN_STATE}, page.place
            from page
            join belfry.notifications n using (position)
           cross join i
            left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position) as shown on true
       order by shown.place desc`;
    const all = rows.filter((row): row is Row & { lowest: bigint | null } => row.id !== null);
    const notifications = all.slice(0, filter.limit).map((row) => toNotification(row, row));
    const [first, last] = [notifications[0], notifications.at(-1)];
    const after = placeOf(first);
    if (all.length > filter.limit) return { notifications, hasMore: true, before: placeOf(last), after };
    const lowest = rows[0]?.lowest ?? null;
    return { notifications, hasMore: lowest !== null, before: lowest === null ? placeOf(last) : String(lowest), after };
  }

  /** Those of these ids that are the admin's to see, newest first. */
  async find(principal: Principal, ids: readonly bigint[]): Promise<Notification[]> {
    const rows = await this.prisma.$queryRaw<Row[]>`
      select n.*, ${CHANGED}, ${MENTIONS}, ${OWN_STATE}
        from belfry.notifications n
        join belfry.inboxes i on i.user_id = ${principal.userId}
        left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
       where n.id = any (${ids}::bigint[]) and ${isAddressedTo(principal.channels)}
       order by coalesce(r.surfaced, n.position) desc`;
    return rows.map((row) => toNotification(row, row));
  }
}

/** Where it is in its admin's list. */
function placeOf(notification: Notification | undefined): string | null {
  return notification ? (notification.surfaced ?? notification.position) : null;
}

/** As they stand, and in whatever case: no word of theirs means anything else. */
function hasAll(words: readonly string[]): Prisma.Sql {
  if (words.length === 0) return Prisma.sql`true`;
  const text = Prisma.sql`lower(concat_ws(' ', n.title, n.body))`;
  return Prisma.join(words.map((word) => Prisma.sql`strpos(${text}, lower(${word})) > 0`), ' and ');
}
