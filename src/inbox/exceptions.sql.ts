import { Prisma } from '../database/generated/client.js';
import { literal } from '../database/statements.js';

/** So many receipts are read ahead of a question. Who has more is looked up one by one: either way what is read is bounded. */
const FEW = 500;

/**
 * The tables `exceptions (position)` and `are_few`: those of the admin's receipts `r` above a position that say `what`, all of them where
 * they are few. To go after `i`, the inbox.
 */
export function exceptions(what: Prisma.Sql, above: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    exceptions as materialized (
      select r.position from i join belfry.receipts r on r.user_id = i.user_id and r.position > ${above} and (${what})
       order by r.position desc limit ${literal(FEW + 1)}),
    are_few as materialized (select count(*) <= ${literal(FEW)} as are_few from exceptions)`;
}

/**
 * Whether the admin's receipt of a position says `what`. A look into a hash of what was read ahead costs a tenth of one into the table; a
 * scalar subquery, as PostgreSQL may choose to read all receipts first where they are joined.
 */
export function isException(what: Prisma.Sql, position: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    case when (select are_few from are_few) then ${position} in (select position from exceptions)
         else coalesce((select ${what} from belfry.receipts r where r.user_id = i.user_id and r.position = ${position}), false) end`;
}
