import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import { type Notification, type NotificationRow, type OwnState, type Severity, toNotification } from '../journal/notification.js';
import { CHANGED, DIRECTION, type Direction, IS_OPEN, isAddressedTo, NO_END, OWN_STATE, PURGED_UP_TO, stretch } from './own-state.sql.js';

export interface FeedFilter {
  status: 'unread' | 'read' | 'all';
  topic?: string | undefined;
  severity?: Severity | undefined;
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
 * One admin's notifications. Every query asks for the channels of the principal that it is given, at the moment of asking,
 * so who lost a role sees nothing of that role's any more.
 */
@Injectable()
export class FeedRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** A page, newest first, and whether there is more beyond its far end. */
  async page(principal: Principal, filter: FeedFilter): Promise<{ notifications: Notification[]; hasMore: boolean }> {
    const forward = filter.after !== undefined && filter.before === undefined;
    const direction = forward ? 'asc' : 'desc';
    const order = DIRECTION[direction];
    const oneMore = filter.limit + 1;
    const rows = await this.prisma.$queryRaw<Row[]>`
      with i as materialized (select * from belfry.inboxes where user_id = ${principal.userId}),
           page as (
             select distinct position from (${Prisma.join(candidates(principal.channels, filter, direction, oneMore), ' union ')}) as found
              order by position ${order} limit ${oneMore})
      select n.*, ${CHANGED}, ${OWN_STATE}
        from page
        join belfry.notifications n using (position)
       cross join i
        left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
       order by n.position ${order}`;
    const notifications = rows.slice(0, filter.limit).map((row) => toNotification(row, row));
    if (forward) notifications.reverse();
    return { notifications, hasMore: rows.length > filter.limit };
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
function candidates(channels: readonly string[], filter: FeedFilter, direction: Direction, limit: number): Prisma.Sql[] {
  const wanted = conditions(filter);
  const { before, after = 0n } = filter;
  const top = before === undefined ? NO_END : Prisma.sql`${before}::bigint`;
  const within = (position: Prisma.Sql): Prisma.Sql => Prisma.sql`${position} > ${after} and ${position} < ${top}`;
  const order = DIRECTION[direction];
  // One index scan per channel, then merged: what other channels hold costs nothing. `offset 0` has each row looked at as it
  // comes, until the page is full; joined outright, PostgreSQL may choose to read all of a table first.
  const byChannel = (above: Prisma.Sql, below: Prisma.Sql): Prisma.Sql => {
    const part = stretch(Prisma.sql`greatest(${after}, ${PURGED_UP_TO}, ${above})`, Prisma.sql`least(${top}, ${below})`, direction);
    return Prisma.sql`
      select found.position
        from i cross join unnest(${channels}::text[]) as c (channel)
       cross join lateral (
         select a.position
           from belfry.audience a
          cross join lateral (
            select ${wanted} as wanted
              from belfry.notifications n
              left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
             where n.position = a.position
            offset 0) as looked_at
          where ${part.where} and looked_at.wanted
          order by ${part.order} limit ${limit}) as found`;
  };
  const byReceipt = (which: Prisma.Sql): Prisma.Sql => Prisma.sql`
    (select r.position
       from i
       join belfry.receipts r on r.user_id = i.user_id
       join belfry.notifications n on n.position = r.position
      where ${within(Prisma.sql`r.position`)} and ${wanted} and ${which} and ${isAddressedTo(channels)}
      order by r.position ${order} limit ${limit})`;
  const settled = (which: Prisma.Sql): Prisma.Sql => Prisma.sql`
    (select n.position
       from i
       join belfry.notifications n on ${which} and n.position > i.read_up_to
       left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
      where ${within(Prisma.sql`n.position`)} and ${wanted} and ${isAddressedTo(channels)}
      order by n.position ${order} limit ${limit})`;
  if (filter.archived) return [byReceipt(Prisma.sql`r.archived_at is not null`)];
  if (filter.snoozed) return [byReceipt(Prisma.sql`r.snoozed_until is not null`)];
  if (filter.status === 'all') return [byChannel(Prisma.sql`0`, NO_END)];
  if (filter.status === 'unread') {
    return [byChannel(Prisma.sql`i.read_up_to`, NO_END), byReceipt(Prisma.sql`r.read = false and r.position <= i.read_up_to`)];
  }
  return [byChannel(Prisma.sql`0`, Prisma.sql`i.read_up_to + 1`), byReceipt(Prisma.sql`r.read and r.position > i.read_up_to`),
    settled(Prisma.sql`n.resolved_at is not null`), settled(Prisma.sql`n.claimed_by is not null`)];
}

function conditions({ status, topic, severity, archived, snoozed }: FeedFilter): Prisma.Sql {
  const all = [archived ? Prisma.sql`r.archived_at is not null` : Prisma.sql`r.archived_at is null`];
  all.push(snoozed ? Prisma.sql`r.snoozed_until is not null` : Prisma.sql`r.snoozed_until is null`);
  if (status === 'unread') all.push(IS_OPEN);
  if (status === 'read') all.push(Prisma.sql`not ${IS_OPEN}`);
  if (topic !== undefined) all.push(Prisma.sql`n.topic = ${topic}`);
  if (severity !== undefined) all.push(Prisma.sql`n.severity = ${severity}`);
  return Prisma.join(all, ' and ');
}
