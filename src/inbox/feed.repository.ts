import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import { type Notification, type NotificationRow, type OwnState, type Severity, toNotification } from '../journal/notification.js';
import { IS_OPEN, isAddressedTo, OWN_STATE, PURGED_UP_TO } from './own-state.sql.js';

export interface FeedFilter {
  status: 'unread' | 'read' | 'all';
  topic?: string | undefined;
  severity?: Severity | undefined;
  archived: boolean;
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
    const order = forward ? Prisma.sql`asc` : Prisma.sql`desc`;
    const oneMore = filter.limit + 1;
    // One index scan per channel, each cut at the page's length, then merged: what other channels hold costs nothing.
    const rows = await this.prisma.$queryRaw<Row[]>`
      with i as materialized (select * from belfry.inboxes where user_id = ${principal.userId}),
           page as (
             select distinct found.position
               from i cross join unnest(${principal.channels}::text[]) as c (channel)
              cross join lateral (
                select n.position
                  from belfry.audience a
                  join belfry.notifications n on n.position = a.position
                  left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
                 where a.channel = c.channel and ${conditions(filter)}
                 order by a.position ${order} limit ${oneMore}) as found
              order by found.position ${order} limit ${oneMore})
      select n.*, ${OWN_STATE}
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
      select n.*, ${OWN_STATE}
        from belfry.notifications n
        join belfry.inboxes i on i.user_id = ${principal.userId}
        left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
       where n.id = any (${ids}::bigint[]) and ${isAddressedTo(principal.channels)}
       order by n.position desc`;
    return rows.map((row) => toNotification(row, row));
  }
}

function conditions({ status, topic, severity, archived, before, after }: FeedFilter): Prisma.Sql {
  const all = [Prisma.sql`a.position > ${PURGED_UP_TO}`];
  all.push(archived ? Prisma.sql`r.archived_at is not null` : Prisma.sql`r.archived_at is null`);
  if (status === 'unread') all.push(IS_OPEN);
  if (status === 'read') all.push(Prisma.sql`not ${IS_OPEN}`);
  if (topic !== undefined) all.push(Prisma.sql`n.topic = ${topic}`);
  if (severity !== undefined) all.push(Prisma.sql`n.severity = ${severity}`);
  if (before !== undefined) all.push(Prisma.sql`a.position < ${before}`);
  if (after !== undefined) all.push(Prisma.sql`a.position > ${after}`);
  return Prisma.join(all, ' and ');
}
