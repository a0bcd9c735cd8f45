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
  /** Position of the oldest that was counted: what happens to older ones changes no count. Null while there is none. */
  oldest: bigint | null;
  /** Up to this position the admin has seen all. */
  seenUpTo: bigint;
  /** Ids of those unread that had been raised again. */
  raised: ReadonlySet<bigint>;
}

/** Counts to one above the cap, so that the cost is bounded however much is unread. */
@Injectable()
export class CountsRepository {
  constructor(private readonly prisma: PrismaService) {}

  async counts(principal: Principal): Promise<CountsAt> {
    // One statement, one snapshot: the position belongs to these very counts. What is unseen are the newest of the unread.
    const rows = await this.prisma.$queryRaw<CountsRow[]>`
      with ${inbox(principal)},
           unread as materialized (${unreadPositions(principal)})
      select (select position from belfry.relay_state) as position,
             (select min(position) from unread) as oldest,
             (select count(*) from unread) as unread,
             (select count(*) from unread where position > (select seen_up_to from i)) as unseen,
             coalesce((select seen_up_to from i), 0) as "seenUpTo",
             array(select n.id from unread join belfry.notifications n using (position) where n.id <> n.position) as raised`;
    const row = rows[0];
    if (!row) throw new Error('counting gave no row, expected one');
    const { unread, unseen, raised, ...rest } = row;
    return { ...rest, raised: new Set(raised), unread: toCount(Number(unread)), unseen: toCount(Number(unseen)) };
  }

  /** Unread, by severity. */
  async bySeverity(principal: Principal): Promise<Record<Severity, Count>> {
    const counted = SEVERITIES.map(async (severity) => {
      const rows = await this.prisma.$queryRaw<{ unread: bigint }[]>`
        with ${inbox(principal)} select count(*) as unread from (${unreadPositions(principal, severity)}) as unread`;
      return [severity, toCount(Number(rows[0]?.unread ?? 0))] as const;
    });
    return Object.fromEntries(await Promise.all(counted)) as Record<Severity, Count>;
  }
}

interface CountsRow {
  position: bigint;
  oldest: bigint | null;
  unread: bigint;
  unseen: bigint;
  seenUpTo: bigint;
  raised: bigint[];
}

function inbox({ userId }: Principal): Prisma.Sql {
  return Prisma.sql`i as materialized (select * from belfry.inboxes where user_id = ${userId})`;
}

/** Positions of what is unread, newest first; each once, however many channels it came by. */
function unreadPositions({ channels }: Principal, severity?: Severity): Prisma.Sql {
  const ofSeverity =
    severity === undefined
      ? Prisma.empty
      : Prisma.sql`and exists (select from belfry.notifications s where s.position = a.position and s.severity = ${severity})`;
  return Prisma.sql`
    select position from (
      select above.position
        from i cross join unnest(${channels}::text[]) as c (channel)
       cross join lateral (
         select a.position
           from belfry.audience a
          where a.channel = c.channel and a.position > greatest(i.read_up_to, ${PURGED_UP_TO}) ${ofSeverity}
            and not exists (select from belfry.notifications s where s.position = a.position and s.resolved_at is not null)
            and not exists (select from belfry.receipts r
                             where r.user_id = i.user_id and r.position = a.position
                               and (r.read or r.archived_at is not null))
          order by a.position desc limit ${COUNT_CAP + 1}) as above
      union
      select n.position
        from i
        join belfry.receipts r on r.user_id = i.user_id and r.read = false and r.archived_at is null and r.position <= i.read_up_to
        join belfry.notifications n on n.position = r.position and n.resolved_at is null
       where ${severity === undefined ? Prisma.sql`true` : Prisma.sql`n.severity = ${severity}`} and ${isAddressedTo(channels)}
    ) as every_unread
    order by position desc limit ${COUNT_CAP + 1}`;
}
