import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import { type Severity, SEVERITIES } from '../journal/notification.js';
import { COUNT_CAP, type Count, type Counts, toCount } from './counts.js';
import { isAddressedTo, PURGED_UP_TO } from './own-state.sql.js';

/** Counts with the journal position that they stand for. */
export interface CountsAt extends Counts {
  position: bigint;
  /** The oldest that was counted: what happens to older ones changes no count. Null while there is none. */
  oldest: bigint | null;
}

/** Counts to one above the cap, so that the cost is bounded however much is unread. */
@Injectable()
export class CountsRepository {
  constructor(private readonly prisma: PrismaService) {}

  async counts(principal: Principal): Promise<CountsAt> {
    // One statement, one snapshot: the position belongs to these very counts. Unseen ids are the newest of the unread.
    const rows = await this.prisma.$queryRaw<{ position: bigint; oldest: bigint | null; unread: bigint; unseen: bigint }[]>`
      with ${inbox(principal)},
           unread as materialized (${unreadIds(principal)})
      select (select position from belfry.relay_state) as position,
             (select min(id) from unread) as oldest,
             (select count(*) from unread) as unread,
             (select count(*) from unread where id > (select seen_up_to from i)) as unseen`;
    const row = rows[0];
    if (!row) throw new Error('counting gave no row, expected one');
    return { position: row.position, oldest: row.oldest, unread: toCount(Number(row.unread)), unseen: toCount(Number(row.unseen)) };
  }

  /** Unread, by severity. */
  async bySeverity(principal: Principal): Promise<Record<Severity, Count>> {
    const counted = SEVERITIES.map(async (severity) => {
      const rows = await this.prisma.$queryRaw<{ unread: bigint }[]>`
        with ${inbox(principal)} select count(*) as unread from (${unreadIds(principal, severity)}) as unread`;
      return [severity, toCount(Number(rows[0]?.unread ?? 0))] as const;
    });
    return Object.fromEntries(await Promise.all(counted)) as Record<Severity, Count>;
  }
}

function inbox({ userId }: Principal): Prisma.Sql {
  return Prisma.sql`i as materialized (select * from belfry.inboxes where user_id = ${userId})`;
}

/** Ids of what is unread, newest first; each once, however many channels it came by. */
function unreadIds({ channels }: Principal, severity?: Severity): Prisma.Sql {
  const ofSeverity =
    severity === undefined
      ? Prisma.empty
      : Prisma.sql`and exists (select from belfry.notifications s where s.id = a.notification and s.severity = ${severity})`;
  return Prisma.sql`
    select id from (
      select above.id
        from i cross join unnest(${channels}::text[]) as c (channel)
       cross join lateral (
         select a.notification as id
           from belfry.audience a
          where a.channel = c.channel and a.notification > greatest(i.read_up_to, ${PURGED_UP_TO}) ${ofSeverity}
            and not exists (select from belfry.notifications s where s.id = a.notification and s.resolved_at is not null)
            and not exists (select from belfry.receipts r
                             where r.user_id = i.user_id and r.notification = a.notification
                               and (r.read or r.archived_at is not null))
          order by a.notification desc limit ${COUNT_CAP + 1}) as above
      union
      select n.id
        from i
        join belfry.receipts r on r.user_id = i.user_id and r.read = false and r.archived_at is null and r.notification <= i.read_up_to
        join belfry.notifications n on n.id = r.notification and n.resolved_at is null
       where ${severity === undefined ? Prisma.sql`true` : Prisma.sql`n.severity = ${severity}`} and ${isAddressedTo(channels)}
    ) as every_unread
    order by id desc limit ${COUNT_CAP + 1}`;
}
