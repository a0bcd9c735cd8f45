import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Connections } from '../database/connections.js';
import { showDuration } from './duration.js';
import { ruleDefinition, showTable, type Operation, type Rule } from './rule.js';
import { sendTest } from './test-change.js';

/** A rule in force, as `GET /v1/rules` shows it. Times are RFC 3339. */
export interface RuleReport {
  topic: string;
  table: string;
  on: Operation[];
  columns: string[];
  when: string | null;
  audience: string[];
  /** A severity, or the Liquid that gives one. */
  severity: string;
  /** `after` as the file has it, `10m`. */
  escalate: (Omit<NonNullable<Rule['escalate']>, 'after'> & { after: string }) | null;
  appliedAt: string;
  /** What no longer fits the table, e.g. a column that is gone. Null while all fits. */
  drift: string | null;
  /** Notifications, over all versions of the rule. */
  fired: number;
  /** Changes that could not become one, over all versions. */
  failed: number;
  /** Those of them that still wait in `failed_changes`. */
  parked: number;
  lastFiredAt: string | null;
  lastError: string | null;
}

// A version that was replaced is still counted: what it captured is delivered under its name.
const REPORT = `
  select r.definition, r.applied_at, r.drift, sums.*,
         (select count(*)::float8
            from belfry.failed_changes f
            join belfry.rules v on v.id = f.rule
           where v.topic = r.topic) as parked,
         (select v.last_error
            from belfry.rules v
           where v.topic = r.topic and v.last_error is not null
           order by v.id desc
           limit 1) as last_error
    from belfry.rules r
    cross join lateral (
      select sum(v.fired)::float8 as fired, sum(v.failed)::float8 as failed, max(v.last_fired_at) as last_fired_at
        from belfry.rules v
       where v.topic = r.topic) sums
   where r.retired_at is null
   order by r.topic`;

/** The rules in force, by topic. */
export async function reportRules(client: pg.ClientBase | pg.Pool): Promise<RuleReport[]> {
  const { rows } = await client.query<ReportRow>(REPORT);
  return rows.map(({ definition, applied_at, drift, fired, failed, parked, last_fired_at, last_error }) => {
    const { topic, table, on, columns, when, audience, severity, escalate } = ruleDefinition.parse(definition);
    return {
      topic, table: showTable(table), on, columns, when, audience, severity,
      escalate: escalate && { ...escalate, after: showDuration(escalate.after) },
      appliedAt: applied_at.toISOString(),
      drift, fired, failed, parked,
      lastFiredAt: last_fired_at?.toISOString() ?? null,
      lastError: last_error,
    };
  });
}

@Injectable()
export class RulesRepository {
  constructor(private readonly connections: Connections) {}

  report(): Promise<RuleReport[]> {
    return reportRules(this.connections.requests);
  }

  /** Sends a test to this channel. @returns whether a rule of that topic is in force */
  async test(topic: string, channel: string): Promise<boolean> {
    return (await sendTest(this.connections.requests, topic, [channel])) !== undefined;
  }
}

interface ReportRow {
  definition: unknown;
  applied_at: Date;
  drift: string | null;
  fired: number;
  failed: number;
  parked: number;
  last_fired_at: Date | null;
  last_error: string | null;
}
