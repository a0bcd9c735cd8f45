import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Table } from './catalog.js';
import { checkExpressions, fitToTables, type FittingRule } from './check-rules.js';
import { fires, readInstalled, type InstalledRule } from './installed.js';
import { triggerOperations, type Operation, type Rule } from './rule.js';
import { inFileOrder, RulesError } from './rules-error.js';
import type { PlacedRule } from './rules-file.js';
import { functionBody } from './function-body.js';
import { functionSql, triggerName } from './trigger-sql.js';

/**
 * What applying does to one rule: `mend` is a rule that is unchanged, but whose trigger or function was meddled with.
 */
export type PlanStep =
  | { action: 'create'; topic: string; fitting: FittingRule; fingerprint: string; trigger: boolean }
  | { action: 'replace'; topic: string; fitting: FittingRule; fingerprint: string; trigger: boolean; was: InstalledRule }
  | { action: 'mend'; topic: string; fitting: FittingRule; id: number; trigger: boolean; was: InstalledRule }
  | { action: 'keep'; topic: string; fitting: FittingRule }
  | { action: 'drop'; topic: string; was: InstalledRule };

// Bits of pg_trigger.tgtype, from PostgreSQL's catalog/pg_trigger.h.
const FOR_EACH_ROW = 1;
const OPERATION_BITS: Record<Operation, number> = { insert: 4, delete: 8, update: 16 };

/**
 * Compares the rules with the database: what applying would create, replace, mend or drop. Locks nothing when nothing
 * is to be done. Inside a transaction. Throws `RulesError` with everything that does not fit.
 */
export async function planRules(client: pg.ClientBase, rules: readonly PlacedRule[]): Promise<PlanStep[]> {
  const { fitting, problems } = await fitToTables(client, rules);
  const installed = new Map((await readInstalled(client)).map((entry) => [entry.topic, entry]));
  const steps = problems.length > 0 ? [] : fitting.map((rule) => stepOf(rule, installed.get(rule.placed.rule.topic)));
  const kept = new Set(steps.filter(({ action }) => action === 'keep').map(({ topic }) => topic));
  const unproven = fitting.filter(({ placed }) => !kept.has(placed.rule.topic));
  problems.push(...(await checkExpressions(client, unproven)));
  if (problems.length > 0) throw new RulesError(inFileOrder(problems));
  const wanted = new Set(rules.map(({ rule }) => rule.topic));
  const gone = [...installed.values()].filter(({ topic }) => !wanted.has(topic));
  return [...steps, ...gone.map((was): PlanStep => ({ action: 'drop', topic: was.topic, was }))];
}

function stepOf(fitting: FittingRule, installed: InstalledRule | undefined): PlanStep {
  const { placed: { rule }, captures, table } = fitting;
  const { topic } = rule;
  const fingerprint = fingerprintOf(fitting);
  const trigger = !installed || !isIntact(installed, rule, table);
  if (typeof installed?.id !== 'number') return { action: 'create', topic, fitting, fingerprint, trigger };
  const was = installed;
  if (installed.fingerprint !== fingerprint) return { action: 'replace', topic, fitting, fingerprint, trigger, was };
  if (trigger || installed.body !== functionBody(rule, captures, installed.id)) {
    return { action: 'mend', topic, fitting, id: installed.id, trigger, was };
  }
  return { action: 'keep', topic, fitting };
}

/** Equal fingerprints: the same rule over the same columns, captured by the same code. */
export function fingerprintOf({ placed: { rule }, captures }: Pick<FittingRule, 'placed' | 'captures'>): string {
  const text = JSON.stringify([rule, captures, functionSql(rule, captures, 0)]);
  return createHash('sha256').update(text).digest('hex');
}

/** One trigger on the table, one on each that inherits from it, and nothing else. */
function isIntact({ triggers }: InstalledRule, rule: Rule, table: Table): boolean {
  const type = triggerOperations(rule).reduce((bits, operation) => bits | OPERATION_BITS[operation], FOR_EACH_ROW);
  const wanted = new Set([table, ...table.heirs].map(({ oid }) => oid));
  const own = triggers.filter(({ copy }) => !copy);
  return (
    triggers.every(fires) &&
    own.length === wanted.size &&
    own.every((trigger) => wanted.has(trigger.table) && trigger.name === triggerName(rule.topic) && trigger.type === type)
  );
}
