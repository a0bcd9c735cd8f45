import type pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqlState } from '../database/server.js';
import { inTransaction } from '../database/transaction.js';
import { whoHolds } from './lock-holders.js';
import { planRules, type PlanStep } from './plan.js';
import type { PlacedRule } from './rules-file.js';
import { functionName, functionSql, triggerSql } from './trigger-sql.js';

export { installedRules } from './installed.js';

export interface ApplyOptions {
  /**
   * How long to wait for a lock, in milliseconds. Default 2,000. While we wait, the table's writers queue up behind us,
   * so it is short, and tried again.
   */
  lockTimeoutMs?: number;
  /** How often to try again after a lock timeout or deadlock. Default 30; with the pauses about 3 minutes. */
  retries?: number;
  /** Told what was done, and before each new try what is in the way. */
  log?: (line: string) => void;
  /** Ends the wait between two tries. */
  signal?: AbortSignal;
}

/** The topics by what was done with them. */
export type Applied = Record<'created' | 'replaced' | 'mended' | 'dropped' | 'kept', string[]>;

const RETRIED = new Map([
  ['55P03', 'lock timeout'],
  ['40P01', 'deadlock victim'],
]);
/** Pause before each new try, in milliseconds: long enough for the writers that queued up behind us to pass. */
const PAUSE_MS = 4_000;
/** Only one process applies at a time; the number is ours alone by its odds. */
const APPLY_LOCK = 7_302_115_584_021_118n;

/**
 * Brings the database's triggers in line with the rules, in one transaction. Does nothing, and locks no table, where
 * they already are. Safe to be called by several processes at once.
 *
 * @throws RulesError with everything that does not fit the database; nothing is changed then
 */
export async function applyRules(
  client: pg.ClientBase,
  rules: readonly PlacedRule[],
  options: ApplyOptions = {},
): Promise<Applied> {
  const { lockTimeoutMs = 2_000, retries = 30, log = () => undefined, signal } = options;
  for (let tried = 0; ; tried++) {
    try {
      const applied = await inTransaction(client, () => applyOnce(client, rules, lockTimeoutMs));
      log(summaryOf(applied));
      return applied;
    } catch (error) {
      const state = sqlState(error) ?? '';
      if (!RETRIED.has(state)) throw error;
      const holders = await whoHolds(client, rules.map(({ rule }) => rule.table), APPLY_LOCK);
      const message = `the rules wait for a lock (${RETRIED.get(state) ?? state}) held by ${holders}`;
      if (tried >= retries) {
        const advice = `gave up after ${tried + 1} tries: end that transaction and start again`;
        throw new Error(`${message}; ${advice}`, { cause: error });
      }
      log(`${message}; trying again in ${PAUSE_MS / 1000} s`);
      await sleep(Math.min(PAUSE_MS, lockTimeoutMs * 2), undefined, { signal });
    }
  }
}

/** `rules: created order.created; kept 5` */
function summaryOf({ kept, ...done }: Applied): string {
  const parts = Object.entries(done)
    .filter(([, topics]) => topics.length > 0)
    .map(([what, topics]) => `${what} ${topics.join(', ')}`);
  return `rules: ${[...parts, `kept ${kept.length}`].join('; ')}`;
}

async function applyOnce(client: pg.ClientBase, rules: readonly PlacedRule[], lockTimeoutMs: number): Promise<Applied> {
  await client.query(`set local lock_timeout = ${Math.trunc(lockTimeoutMs)}`);
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
  const { placed: { rule }, captures } = step.fitting;
  if (step.trigger) await dropTrigger(client, step.topic);
  const id = step.action === 'mend' ? step.id : await record(client, step);
  await client.query(functionSql(rule, captures, id));
  if (step.trigger) {
    await client.query(`revoke execute on function ${functionName(step.topic)}() from public`);
    await client.query(triggerSql(rule));
  }
  await client.query('update belfry.rules set drift = null where id = $1 and drift is not null', [id]);
}

/** With the function goes its trigger, whatever table it is on by now, and whoever owns that. */
async function dropTrigger(client: pg.ClientBase, topic: string): Promise<void> {
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
