import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { PrismaService } from '../database/prisma.service.js';
import { PUBLISH } from '../publish/content.js';
import { ExactNumber, parseExact } from '../rules/exact-number.js';
import { isAddressedTo } from './own-state.sql.js';

/** Why an admin got a notification. Times are RFC 3339. */
export interface Why {
  /** Topic of the rule; null: code has published it. */
  rule: string | null;
  table: string | null;
  key: string | null;
  operation: string;
  /** The columns that the rule uses, before and after. Numbers that JavaScript can't hold are strings of their digits. */
  old: Record<string, unknown> | null;
  new: Record<string, unknown> | null;
  /** Of many changes at once: how many, and the first few. */
  bulk: { count: number; first: { operation: string; key: string | null; old: Record<string, unknown> | null; new: Record<string, unknown> | null }[] } | null;
  /** Whom it goes to as well where nobody takes it on in time, or does by now; null: nobody. `dueAt` is null once it came due. */
  escalation: { to: string[]; dueAt: string | null; escalatedAt: string | null } | null;
  transaction: string;
  dbRole: string;
  application: string;
  /** How many changes it is of. What is said here is of the last one. */
  occurrences: number;
  /** When the row was written. */
  capturedAt: string;
  /** Null where the server does not track it (`track_commit_timestamp`). */
  committedAt: string | null;
  /** When the relay turned it into this. */
  deliveredAt: string;
  /** When this was asked. */
  askedAt: string;
}

@Injectable()
export class WhyRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** @returns null when it came from no table, or is not the admin's to see */
  async find(principal: Principal, id: bigint): Promise<Why | null> {
    const rows = await this.prisma.$queryRaw<WhyRow[]>`
      select n.topic, n.source_table, n.source_key, n.change::text as change, n.occurrences, n.created_at, n.committed_at, n.delivered_at, now() as asked_at,
             n.escalate_to, n.escalate_at, n.escalated_at
        from belfry.notifications n
       where n.id = ${id} and n.change is not null and ${isAddressedTo(principal.channels)}`;
    const row = rows[0];
    if (!row) return null;
    const change = plain(parseExact(row.change)) as KeptChange;
    return {
      rule: change.operation === PUBLISH ? null : row.topic,
      table: row.source_table,
      key: row.source_key,
      ...change,
      bulk: change.bulk ?? null,
      escalation: row.escalate_to && { to: row.escalate_to, dueAt: row.escalate_at?.toISOString() ?? null, escalatedAt: row.escalated_at?.toISOString() ?? null },
      occurrences: row.occurrences,
      // Not kept by earlier versions, whose notifications were of one change each.
      capturedAt: change.capturedAt ?? row.created_at.toISOString(),
      committedAt: row.committed_at?.toISOString() ?? null,
      deliveredAt: row.delivered_at.toISOString(),
      askedAt: row.asked_at.toISOString(),
    };
  }
}

type KeptChange = Pick<Why, 'operation' | 'old' | 'new' | 'transaction' | 'dbRole' | 'application'> & Partial<Pick<Why, 'bulk'>> & { capturedAt?: string };

interface WhyRow {
  topic: string;
  source_table: string | null;
  source_key: string | null;
  change: string;
  occurrences: number;
  created_at: Date;
  committed_at: Date | null;
  delivered_at: Date;
  asked_at: Date;
  escalate_to: string[] | null;
  escalate_at: Date | null;
  escalated_at: Date | null;
}

/** With strings for the numbers that JSON.stringify, or a browser reading what it wrote, would round. */
function plain(value: unknown): unknown {
  if (value instanceof ExactNumber) return value.digits;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
