import type { Captures } from './captures.js';
import type { FittingRule } from './check-rules.js';
import { driftOf } from './drift.js';
import { showDuration } from './duration.js';
import type { PlanStep } from './plan.js';
import { type Bulk, showTable, type Rule } from './rule.js';

/** What differs between the rule in force and the one in the file. */
export interface RuleChange {
  field: string;
  from: string | null;
  to: string | null;
}

/** A step as a person reads it. */
export interface ShownStep {
  action: PlanStep['action'];
  topic: string;
  /** Null: only the trigger function is left of it. */
  table: string | null;
  /** `replace`: field by field. Empty otherwise. */
  changes: RuleChange[];
  /** `mend`: what is wrong with the trigger. Null otherwise. */
  reason: string | null;
}

/** What a step would do, and why. */
export function showStep(step: PlanStep): ShownStep {
  const shown = { action: step.action, topic: step.topic, table: null, changes: [], reason: null };
  if (step.action === 'drop') return { ...shown, table: step.was.definition && showTable(step.was.definition.table) };
  const { placed: { rule }, table } = step.fitting;
  const named = { ...shown, table: showTable(rule.table) };
  if (step.action === 'keep' || step.action === 'create') return named;
  if (step.action === 'replace') return { ...named, changes: changesOf(step.was, step.fitting) };
  return { ...named, reason: driftOf(rule, step.was, table) ?? 'the trigger or its function was altered' };
}

function changesOf(
  { definition, captures }: { definition: Rule | null; captures: Captures | null },
  fitting: Pick<FittingRule, 'placed' | 'captures'>,
): RuleChange[] {
  const { rule } = fitting.placed;
  const fields = Object.keys(rule) as (keyof Rule)[];
  const changed = fields
    .map((field) => ({ field, from: shown(definition?.[field]), to: shown(rule[field]) }))
    .filter(({ from, to }) => from !== to);
  if (changed.length > 0) return changed;
  const [from, to] = [columnsOf(captures), columnsOf(fitting.captures)];
  if (from !== to) return [{ field: 'captured columns', from, to }];
  return [{ field: 'trigger function', from: 'of another version of Belfry', to: 'of this version' }];
}

function shown(value: Rule[keyof Rule] | undefined): string | null {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return null;
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'number') return showDuration(value);
  if (typeof value === 'string') return value;
  if ('schema' in value) return showTable(value);
  if ('over' in value) return showBulk(value);
  if ('after' in value) return `after ${showDuration(value.after)} unless ${value.unless}, to ${value.to.join(', ')}`;
  return [`on ${value.on.join(', ')}`, ...(value.when === null ? [] : [`when ${value.when}`])].join(' ');
}

function showBulk({ over, ...texts }: Bulk): string {
  const given = Object.entries(texts).filter(([, text]) => text !== null);
  return [`over ${over}`, ...given.map(([key, text]) => `${key} ${[text].flat().join(', ')}`)].join('; ');
}

function columnsOf(captures: Captures | null): string {
  const { columns = [], asked = [], key = [] } = captures ?? {};
  const typed = new Map([...columns, ...asked].map(({ name, type }) => [name, `${name} ${type}`]));
  return `${[...typed.values()].join(', ')}; key ${key.join(', ') || 'none'}`;
}
