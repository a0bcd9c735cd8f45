import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import { MOST_MARKED, tell } from './marks.repository.js';
import { newest } from './candidates.sql.js';
import { PreferencesRepository } from './preferences.repository.js';
import { isAddressedTo, PLACE } from './own-state.sql.js';

/**
 * What an admin puts away, for good or until a time, and takes back. A receipt tells every device of theirs what went away; what
 * comes back is sent to them whole, as a device may not hold it.
 */
@Injectable()
export class Shelf {
  constructor(
    private readonly prisma: PrismaService,
    private readonly preferences: PreferencesRepository,
  ) {}

  /** Whether they are read stays as it is. */
  async archive(principal: Principal, ids: readonly bigint[]): Promise<void> {
    await this.putAway(principal, ids, { archived_at: Prisma.sql`now()`, snoozed_until: Prisma.sql`null` }, Prisma.sql`r.archived_at is null`, { archived: true });
  }

  /** Archives what is read, up to a position: the newest first, and `MOST_MARKED` at most. */
  async archiveUpTo(principal: Principal, upTo: bigint): Promise<void> {
    const { mutedTopics: muted } = await this.preferences.of(principal.userId);
    const read = await newest(this.prisma, principal, upTo, { status: 'read', muted, limit: MOST_MARKED });
    if (read.length > 0) await this.archive(principal, read);
  }

  async unarchive(principal: Principal, ids: readonly bigint[]): Promise<void> {
    await this.takeBack(principal, Prisma.sql`archived_at = null`, Prisma.sql`r.archived_at is not null and n.id = any (${ids}::bigint[])`);
  }

  async unarchiveUpTo(principal: Principal, upTo: bigint): Promise<void> {
    await this.takeBack(principal, Prisma.sql`archived_at = null`, Prisma.sql`r.archived_at is not null and ${PLACE} <= ${upTo}`);
  }

  async snooze(principal: Principal, id: bigint, until: Date): Promise<void> {
    const still = Prisma.sql`r.snoozed_until is distinct from ${until}`;
    await this.putAway(principal, [id], { archived_at: Prisma.sql`null`, snoozed_until: Prisma.sql`${until}::timestamptz` }, still, {
      snoozedUntil: until.toISOString(),
    });
  }

  async unsnooze(principal: Principal, id: bigint): Promise<void> {
    await this.takeBack(principal, Prisma.sql`snoozed_until = null`, Prisma.sql`r.snoozed_until is not null and n.id = ${id}`);
  }

  private async putAway(
    principal: Principal,
    ids: readonly bigint[],
    to: { archived_at: Prisma.Sql; snoozed_until: Prisma.Sql },
    isOpen: Prisma.Sql,
    said: { archived: true } | { snoozedUntil: string },
  ): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      const away = await tx.$queryRaw<{ id: bigint; asOf: bigint }[]>`
        with asked as materialized (
          select n.id, n.position
            from belfry.notifications n
            left join belfry.receipts r on r.user_id = ${principal.userId} and r.position = n.position
           where n.id = any (${ids}::bigint[]) and ${isAddressedTo(principal.channels)} and ${isOpen}
        ), marked as (
          insert into belfry.receipts (user_id, position, archived_at, snoozed_until)
          select ${principal.userId}, position, ${to.archived_at}, ${to.snoozed_until} from asked
          on conflict (user_id, position) do update set archived_at = excluded.archived_at, snoozed_until = excluded.snoozed_until
          returning position
        )
        select asked.id, s.position as "asOf" from asked join marked using (position) cross join belfry.relay_state s`;
      const [first] = away;
      if (first) await tell(tx, principal, { ids: away.map(({ id }) => String(id)), asOf: String(first.asOf), ...said });
    });
  }

  private async takeBack(principal: Principal, set: Prisma.Sql, which: Prisma.Sql): Promise<void> {
    await this.prisma.$queryRaw`
      with asked as materialized (
        select n.id, n.position
          from belfry.receipts r
          join belfry.notifications n on n.position = r.position
         where r.user_id = ${principal.userId} and ${which} and ${isAddressedTo(principal.channels)}
         order by ${PLACE} desc limit ${MOST_MARKED}
      ), back as (
        update belfry.receipts r set ${set} from asked
         where r.user_id = ${principal.userId} and r.position = asked.position
        returning asked.id
      ), told as (
        insert into belfry.changes (operation, key, receipt)
        select 'own', id::text, jsonb_build_object('user', ${principal.userId}::text) from back order by id
        returning id
      )
      select (select belfry.ring() where exists (select from told))::text`;
  }
}
