import { createHash } from 'node:crypto';
import { Prisma } from './generated/client.js';

/**
 * Begins a question that is asked all the time and is long: PostgreSQL keeps it, and from its sixth time on the plan too, where the session is
 * one's own. It only does where it takes a plan for all values to be as good as one for these: so what differs from one asker to the next has to
 * be out of its sight, in a table of the question's own, and what does not is no parameter (`literal`).
 */
export const KEPT = Prisma.sql`/* kept */`;

/** A number that is always the same: as a parameter PostgreSQL would not see how little is asked for. */
export function literal(value: number): Prisma.Sql {
  if (!Number.isFinite(value)) throw new Error(`found ${String(value)}, expected a number`);
  return Prisma.raw(String(value));
}

/** The name that a question is kept by; empty where it is not. */
export function nameOf(sql: string): string {
  return sql.trimStart().startsWith(KEPT.sql) ? `belfry_${createHash('sha256').update(sql).digest('hex').slice(0, 32)}` : '';
}
