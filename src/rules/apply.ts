import type pg from 'pg';
import { APPLY_LOCK, withoutQueueing, type LockOptions } from './lock-patience.js';
import { planRules, type PlanStep } from './plan.js';
import type { PlacedRule } from './rules-file.js';
import { functionName, functionSql, triggerSql } from './trigger-sql.js';

export { installedRules } from './installed.js';

/** The topics by what was done with them. */
export type Applied = Record<'created' | 'replaced' | 'mended' | 'dropped' | 'kept', string[]>;

/**
 * Brings the database's triggers in line with the rules, in one transaction. Does nothing, and locks no table, where
 * they already are. Safe to be called by several processes at once.
 *
 * @throws RulesError with everything that does not fit the database; nothing is changed then
 */
export async function applyRules(
  client: pg.ClientBase,
  rules: readonly PlacedRule[],
  options: LockOptions = {},
): Promise<Applied> {
  const tables = rules.map(({ rule }) => rule.table);
  return withoutQueueing(client, tables, options, () => applyOnce(client, rules));
}

/** `rules: created order.created; kept 5` */
export function summaryOf({ kept, ...done }: Applied): string {
  const parts = Object.entries(done)
    .filter(([, topics]) => topics.length > 0)
    .map(([what, topics]) => `${what} ${topics.join(', ')}`);
  return `rules: ${[...parts, `kept ${kept.length}`].join('; ')}`;
}

async function applyOnce(client: pg.ClientBase, rules: readonly PlacedRule[]): Promise<Applied> {
  await client.query('select pg_advisory_xact_lock($1)', [APPLY_LOCK]);
  const steps = await planRules(client, rules);
  for (const step of steps) await take(client, step);
  const topics = (action: PlanStep['action']): string[] =>
    steps.filter((step) => step.action === action).map(({ topic }) => topic);
  return {
    created: topics('create'),
    replaced: topics('replace'),
    mended: topics('mend'),
    dropped: topics('drop'),
    kept: topics('keep'),
  };
}

async function take(client: pg.ClientBase, step: PlanStep): Promise<void> {
  if (step.action === 'keep') return;
  if (step.action !== 'mend') await retire(client, step.topic);
  if (step.action === 'drop') {
    await dropTrigger(client, step.topic);
    return;
  }
  const { placed: { rule }, captures, table } = step.fitting;
  if (step.trigger) await dropTrigger(client, step.topic);
  const id = step.action === 'mend' ? step.id : await record(client, step);
  await client.query(functionSql(rule, captures, id));
  if (step.trigger) {
    await client.query(`revoke execute on function ${functionName(step.topic)}() from public`);
    for (const each of [table, ...table.heirs]) await client.query(triggerSql(rule, each));
  }
  await client.query('update belfry.rules set drift = null where id = $1 and drift is not null', [id]);
}

/** With the function goes its trigger, whatever table it is on by now, and whoever owns that. */
export async function dropTrigger(client: pg.ClientBase, topic: string): Promise<void> {
  await client.query(`drop function if exists ${functionName(topic)}() cascade`);
}

async function retire(client: pg.ClientBase, topic: string): Promise<void> {
  await client.query('update belfry.rules set retired_at = now() where topic = $1 and retired_at is null', [topic]);
}

async function record(
  client: pg.ClientBase,
  { fitting, fingerprint }: PlanStep & { action: 'create' | 'replace' },
): Promise<number> {
  const { placed: { rule }, captures } = fitting;
  const { rows } = await client.query<{ id: number }>(
    'insert into belfry.rules (topic, definition, captures, fingerprint) values ($1, $2, $3, $4) returning id',
    [rule.topic, JSON.stringify(rule), JSON.stringify(captures), fingerprint],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error(`found no id for the new version of rule "${rule.topic}", expected one`);
  return id;
}
