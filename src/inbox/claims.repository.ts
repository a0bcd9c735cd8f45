import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import { isAddressedTo } from './own-state.sql.js';

/**
 * What an admin does to a notification for everybody. Each is one conditional update: of two who come at one time the second
 * waits for the first, looks again and finds its condition no longer true. The change goes the way of every other.
 */
@Injectable()
export class Claims {
  constructor(private readonly prisma: PrismaService) {}

  /** @returns whether it is the admin's from now on, and was nobody's */
  async claim(principal: Principal, id: bigint): Promise<boolean> {
    return this.revise(principal, id, 'claimed', Prisma.sql`claimed_by = ${principal.userId}, claimed_at = now()`, Prisma.sql`n.claimed_by is null`);
  }

  /** @returns whether it was the admin's, and is nobody's from now on */
  async release(principal: Principal, id: bigint): Promise<boolean> {
    return this.revise(principal, id, 'released', Prisma.sql`claimed_by = null, claimed_at = null`, Prisma.sql`n.claimed_by = ${principal.userId}`);
  }

  /** Its key is free then: the next change with it begins another notification. @returns whether it was open */
  async resolve(principal: Principal, id: bigint): Promise<boolean> {
    const by = `user:${principal.userId}`;
    return this.revise(principal, id, 'resolved', Prisma.sql`resolved_at = now(), resolved_by = ${by}, updated_at = now()`, Prisma.sql`true`);
  }

  private async revise(principal: Principal, id: bigint, operation: string, set: Prisma.Sql, onlyIf: Prisma.Sql): Promise<boolean> {
    const done = await this.prisma.$queryRaw<unknown[]>`
      with revised as (
        update belfry.notifications n set ${set}
         where n.id = ${id} and n.resolved_at is null and ${onlyIf} and ${isAddressedTo(principal.channels)}
        returning n.id
      ), told as (
        insert into belfry.changes (operation, key) select ${operation}, id::text from revised
        returning id
      )
      select belfry.ring()::text from told`;
    return done.length > 0;
  }
}
