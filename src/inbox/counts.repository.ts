import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { PrismaService } from '../database/prisma.service.js';
import { KEPT, literal } from '../database/statements.js';
import { type Severity, SEVERITIES } from '../journal/notification.js';
import { COUNT_CAP, type Count, type Counts, toCount } from './counts.js';
import { areMutedAlike } from './muted.js';
import { PURGED_UP_TO } from './own-state.sql.js';
import { DEFAULT_PREFERENCES, keptPreferences, type Preferences } from './preferences.schemas.js';
import { type InboxOf, unread } from './unread.sql.js';

/** Counts with the journal position that they stand for. */
export interface CountsAt extends Counts {
  position: bigint;
  /** Position of the oldest that was counted: what happens to older ones changes no count. Null while there is none. */
  oldest: bigint | null;
  /** Up to this position the admin has seen all. */
  seenUpTo: bigint;
  /** Ids of those unread that had been raised again and are where they were raised to; of nobody, where both counts are capped and a raise changes neither. */
  raised: ReadonlySet<bigint>;
  /** What the admin wants to be disturbed by, from the same snapshot: nothing of what is muted is counted. */
  preferences: Preferences;
}

/** One for all inboxes of which nothing was raised. */
const NONE: ReadonlySet<bigint> = new Set();

/** Counts to one above the cap, so that the cost is bounded however much is unread. */
@Injectable()
export class CountsRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** By what is muted at that moment; `inbox.muted` is what it is believed to be, and where that is so it is asked once. */
  async counts(inbox: InboxOf): Promise<CountsAt> {
    for (let muted = inbox.muted ?? []; ; ) {
      const counts = await this.countsBut(inbox, muted);
      const now = counts.preferences.mutedTopics;
      if (areMutedAlike(new Set(muted), new Set(now))) return counts;
      muted = now;
    }
  }

  private async countsBut(inbox: InboxOf, muted: readonly string[]): Promise<CountsAt> {
    // One statement, one snapshot: the position belongs to these very counts. What is unseen are the newest of the unread.
    const rows = await this.prisma.$queryRaw<CountsRow[]>`
      ${KEPT} with ${unread({ ...inbox, muted })},
           counted as materialized (
             select count(*) as unread, count(*) filter (where place > (select seen_up_to from i)) as unseen, min(position) as oldest from unread)
      select counted.*,
             (select position from belfry.relay_state) as position,
             (select preferences from belfry.preferences where user_id = ${inbox.userId}) as preferences,
             coalesce((select seen_up_to from i), 0) as "seenUpTo",
             array(select raised.id from unread cross join lateral (
                     select n.id from belfry.notifications n where n.position = unread.position and n.id <> n.position and unread.place = unread.position offset 0) as raised
                    where counted.unseen <= ${literal(COUNT_CAP)}) as raised
        from counted`;
    const row = rows[0];
    if (!row) throw new Error('counting gave no row, expected one');
    const { raised, preferences, ...counted } = row;
    return {
      ...counted,
      raised: raised.length === 0 ? NONE : new Set(raised),
      preferences: preferences ? keptPreferences(preferences) : DEFAULT_PREFERENCES,
      unread: toCount(Number(row.unread)),
      unseen: toCount(Number(row.unseen)),
    };
  }

  /** How many are in the lists that have a tab of their own: unread and addressed by name, and in the archive. */
  async byTab({ userId }: Principal, muted: readonly string[] = []): Promise<{ mine: Count; archived: Count }> {
    const rows = await this.prisma.$queryRaw<{ mine: bigint; archived: bigint }[]>`
      ${KEPT} with ${unread({ userId, channels: [`user:${userId}`], muted })}
      select (select count(*) from unread) as mine,
             (select count(*) from (select from belfry.receipts r
                                     where r.user_id = ${userId} and r.archived_at is not null and r.position > ${PURGED_UP_TO}
                                       and exists (select from belfry.notifications n where n.position = r.position)
                                     limit ${literal(COUNT_CAP + 1)}) as archived) as archived`;
    const [row] = rows;
    return { mine: toCount(Number(row?.mine ?? 0)), archived: toCount(Number(row?.archived ?? 0)) };
  }

  /** Unread, by severity. Where more are unread than are counted, each count is of what was counted, and capped. */
  async bySeverity({ userId, channels }: Principal, muted: readonly string[] = []): Promise<Record<Severity, Count>> {
    const rows = await this.prisma.$queryRaw<{ severity: Severity; unread: bigint }[]>`
      ${KEPT} with ${unread({ userId, channels, muted })}
      select severity, count(*) as unread
        from unread group by 1`;
    const capped = rows.reduce((sum, row) => sum + Number(row.unread), 0) > COUNT_CAP;
    const countOf = (severity: Severity): Count => {
      const found = rows.find((row) => row.severity === severity);
      return { count: Math.min(Number(found?.unread ?? 0), COUNT_CAP), capped };
    };
    return Object.fromEntries(SEVERITIES.map((severity) => [severity, countOf(severity)])) as Record<Severity, Count>;
  }
}

interface CountsRow {
  position: bigint;
  oldest: bigint | null;
  unread: bigint;
  unseen: bigint;
  seenUpTo: bigint;
  raised: bigint[];
  preferences: object | null;
}
