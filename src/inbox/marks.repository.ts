import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import type { Receipt } from '../journal/entry.js';
import { newest } from './candidates.sql.js';
import { MOST_NAMED } from './inbox.schemas.js';
import { IS_UNREAD, isAddressedTo } from './own-state.sql.js';

/** How much of an inbox counts as unread when its admin is first seen, in days. */
const FIRST_DAYS = 7;
/** Most notifications that one request marks one by one; the next request goes on. */
export const MOST_MARKED = 10_000;

type Transaction = Prisma.TransactionClient;

/** What one mark of all did: from which watermark to which, and the ids below both that had been marked as unread one by one. */
export interface ReadUpTo {
  upTo: bigint;
  after: bigint;
  ids: readonly bigint[];
}

/**
 * Writes an admin's marks. Each goes into the tables together with a change for the relay, in one transaction, and so comes
 * back over the stream to every device of theirs. A mark that changes nothing writes nothing.
 */
@Injectable()
export class MarksRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Begins the inbox of an admin who is seen for the first time: the last days are unread, what is older is history. */
  async begin(userId: string): Promise<void> {
    // Asked first: a database that can only be read has answers for those who are known to it.
    const [found] = await this.prisma.$queryRaw<{ hasBegun: boolean }[]>`select exists (select from belfry.inboxes where user_id = ${userId}) as "hasBegun"`;
    if (found?.hasBegun) return;
    await this.prisma.$executeRaw`
      insert into belfry.inboxes (user_id, read_up_to, seen_up_to)
      select ${userId}, history.last, history.last
        from (select coalesce((select position from belfry.notifications
                                where updated_at < now() - make_interval(days => ${FIRST_DAYS}::integer)
                                order by position desc limit 1), 0) as last) as history
      on conflict do nothing`;
  }

  /** Marks those of these that are the admin's to see, as they stand: raised again after that, they are unread once more. */
  async mark(principal: Principal, ids: readonly bigint[], read: boolean): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      // An admin's marks go one after another: of two that did not see each other, the one told last need not be what stands.
      await readUpToOf(tx, principal);
      await markThese(tx, principal, ids, read);
    });
  }

  /**
   * Marks all up to a position as read, and so as seen: one small write, whatever the number. No further than the journal's end,
   * as what is still to come can't have been read.
   *
   * @returns what takes it back; undefined where it changed nothing
   */
  async readUpTo(principal: Principal, upTo: bigint): Promise<ReadUpTo | undefined> {
    return this.prisma.$transaction(async (tx) => {
      const before = await readUpToOf(tx, principal);
      const moved = await tx.$queryRaw<{ upTo: bigint }[]>`
        update belfry.inboxes
           set read_up_to = least(${upTo}, s.position), read_at = now(),
               seen_up_to = greatest(seen_up_to, least(${upTo}, s.position)),
               seen_at = case when seen_up_to < least(${upTo}, s.position) then now() else seen_at end
          from belfry.relay_state s
         where user_id = ${principal.userId} and read_up_to < least(${upTo}, s.position)
        returning read_up_to as "upTo"`;
      // Marked unread one by one before, and few.
      const again = await tx.$queryRaw<{ id: bigint | null; upTo: bigint }[]>`
        update belfry.receipts set read = true, read_at = now()
          from belfry.relay_state s
         where user_id = ${principal.userId} and read = false and coalesce(receipts.surfaced, receipts.position) <= ${upTo}
        returning (select n.id from belfry.notifications n where n.position = receipts.position) as id, least(${upTo}, s.position) as "upTo"`;
      const told = moved[0] ?? again[0];
      if (!told) return undefined;
      await tell(tx, principal, { upTo: String(told.upTo), read: true });
      const ids = again.flatMap(({ id }) => id ?? []).slice(0, MOST_NAMED);
      return { upTo: moved[0]?.upTo ?? before, after: before, ids };
    });
  }

  /**
   * Takes a mark of all back: what it made read is unread, and what had been read one by one stays read.
   *
   * @returns false where more has been read since: then nothing is changed
   */
  async takeBack(principal: Principal, { upTo, after, ids }: ReadUpTo): Promise<boolean> {
    return this.prisma.$transaction(async (tx) => {
      const now = await readUpToOf(tx, principal);
      if (now !== upTo && now !== after) return false;
      if (now !== after) {
        await tx.$executeRaw`update belfry.inboxes set read_up_to = ${after} where user_id = ${principal.userId}`;
        // What others have settled too: it is unread again once it is given back, and a device has to know by then.
        const among = await newest(tx, principal, upTo, { status: 'all', after, limit: MOST_MARKED });
        const unread = await tx.$queryRaw<{ id: bigint }[]>`
          select n.id
            from belfry.notifications n left join belfry.receipts r on r.user_id = ${principal.userId} and r.position = n.position
           where n.id = any (${among}::bigint[]) and r.read is distinct from true
           order by n.position desc`;
        if (unread.length > 0) await tell(tx, principal, { ids: unread.map(({ id }) => String(id)), asOf: String(upTo), read: false });
      }
      if (ids.length > 0) await markThese(tx, principal, ids, false);
      return true;
    });
  }

  /** Marks what is unread of one topic, up to a position: the newest first, and `MOST_MARKED` at most. */
  async readTopic(principal: Principal, topic: string, upTo: bigint): Promise<void> {
    const unread = await newest(this.prisma, principal, upTo, { status: 'unread', topics: [topic], limit: MOST_MARKED });
    if (unread.length > 0) await this.mark(principal, unread, true);
  }

  /** What opening the bell does. */
  async seenUpTo(principal: Principal, upTo: bigint): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      const moved = await tx.$queryRaw<{ upTo: bigint }[]>`
        update belfry.inboxes set seen_up_to = least(${upTo}, s.position), seen_at = now()
          from belfry.relay_state s
         where user_id = ${principal.userId} and seen_up_to < least(${upTo}, s.position)
        returning seen_up_to as "upTo"`;
      if (moved[0]) await tell(tx, principal, { upTo: String(moved[0].upTo), seen: true });
    });
  }
}

/** The watermark, which stays as it is until the transaction's end. */
async function readUpToOf(tx: Transaction, { userId }: Principal): Promise<bigint> {
  const [inbox] = await tx.$queryRaw<{ readUpTo: bigint }[]>`select read_up_to as "readUpTo" from belfry.inboxes where user_id = ${userId} for update`;
  if (!inbox) throw new Error(`the inbox of ${userId} is not there, expected it to have begun`);
  return inbox.readUpTo;
}

async function markThese(tx: Transaction, principal: Principal, ids: readonly bigint[], read: boolean): Promise<void> {
  // One snapshot: what it did not see is raised above the position that it saw.
  const marked = await tx.$queryRaw<{ id: bigint; asOf: bigint }[]>`
    with asked as materialized (
      select n.id, n.position
        from belfry.notifications n
        join belfry.inboxes i on i.user_id = ${principal.userId}
        left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
       where n.id = any (${ids}::bigint[]) and ${isAddressedTo(principal.channels)} and ${IS_UNREAD} = ${read}
    ), marked as (
      insert into belfry.receipts (user_id, position, read, read_at)
      select ${principal.userId}, position, ${read}, case when ${read} then now() end from asked
      on conflict (user_id, position) do update set read = excluded.read, read_at = excluded.read_at
      returning position
    )
    select asked.id, s.position as "asOf" from asked join marked using (position) cross join belfry.relay_state s`;
  const [first] = marked;
  if (first) await tell(tx, principal, { ids: marked.map(({ id }) => String(id)), asOf: String(first.asOf), read });
}

/** Hands a receipt to the relay, as a trigger hands it a change. */
export async function tell(tx: Transaction, { userId }: Principal, receipt: Receipt): Promise<void> {
  await tx.$executeRaw`
    insert into belfry.changes (operation, receipt) values ('receipt', ${JSON.stringify({ user: userId, ...receipt })}::jsonb)`;
  await tx.$queryRaw`select belfry.ring()::text`;
}
