import type pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdersOf } from '../database/lock-holders.js';
import { sqlState } from '../database/server.js';
import { inTransaction } from '../database/transaction.js';
import type { TableName } from './rule.js';

export interface LockOptions {
  /**
   * How long to wait for a lock, in milliseconds. Default 2,000. While we wait, the table's writers queue up behind us,
   * so it is short, and tried again.
   */
  lockTimeoutMs?: number;
  /** How often to try again after a lock timeout or deadlock. Default 30; with the pauses about 3 minutes. */
  retries?: number;
  /** Told before each new try what is in the way. */
  log?: (line: string) => void;
  /** Ends the wait between two tries. */
  signal?: AbortSignal;
}

/** Only one process changes triggers at a time; the number is ours alone by its odds. */
export const APPLY_LOCK = 7_302_115_584_021_118n;

const RETRIED = new Map([
  ['55P03', 'lock timeout'],
  ['40P01', 'deadlock victim'],
]);
/** Pause before each new try, in milliseconds: long enough for the writers that queued up behind us to pass. */
const PAUSE_MS = 4_000;

/**
 * Runs `work`, which locks the business's tables, in a transaction that gives up soon and is tried again: a statement that
 * waits for a long transaction would hold up every writer that comes after it.
 *
 * @throws what `work` throws, and an error that names who holds the lock when all tries were in vain
 */
export async function withoutQueueing<T>(
  client: pg.ClientBase,
  tables: readonly TableName[],
  { lockTimeoutMs = 2_000, retries = 30, log = () => undefined, signal }: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await inTransaction(client, async () => {
        await client.query(`set local lock_timeout = ${Math.trunc(lockTimeoutMs)}`);
        return work();
      });
    } catch (error) {
      const state = sqlState(error) ?? '';
      if (!RETRIED.has(state)) throw error;
      const holders = await holdersOf(client, tables, APPLY_LOCK);
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
