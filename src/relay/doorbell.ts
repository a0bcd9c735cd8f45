import type pg from 'pg';
import { holdersOfAdvisoryLock } from '../database/lock-holders.js';
import { sqlState } from '../database/server.js';

/** Namespace of Belfry's advisory locks ("belf" in ASCII); also written out in `belfry.ring()`. */
export const LOCK_SPACE = 0x62656c66;
/** Held by the process that relays. */
export const LEADER_LOCK = 1;
/** Held by the process that purges. */
export const PURGE_LOCK = 3;
/** Held by the relay while it sleeps: writers who find it taken ring. */
const ASLEEP_LOCK = 2;

/** How long the relay's session waits for any lock else, in milliseconds. */
export const LOCK_TIMEOUT_MS = 5_000;
/** How long the relay waits to lie down, in milliseconds: each writer is in its way for a moment. */
const LIE_DOWN_MS = 250;
/** When it tries again after somebody stayed in its way, in milliseconds. */
const RETRY_MS = 5_000;
/** lock_not_available */
const TIMED_OUT = '55P03';

/**
 * The relay's end of the doorbell: says whether writers are to ring.
 *
 * A transaction that looked while the relay was awake may commit after it went to sleep, and nobody rings for it. So a
 * relay that lies down keeps looking until every transaction that may have looked before has ended.
 */
export class Doorbell {
  private asleep = false;
  /** Every transaction below this one may have looked before the relay lay down; undefined once all have ended. */
  private horizon: string | undefined;
  private hinderedAt = -Infinity;

  /** @param client the relay's own session: the lock goes with it, so a relay that dies is not rung for */
  constructor(private readonly client: pg.ClientBase) {}

  get isAsleep(): boolean {
    return this.asleep;
  }

  /**
   * From here on writers ring, unless a session stays in the way: one that was cancelled between a writer's two steps keeps
   * the lock for as long as it lives. The relay then stays up, rather than waiting for it.
   *
   * @returns who is in the way, when it was tried in vain
   */
  async lieDown(): Promise<string | undefined> {
    if (this.asleep || performance.now() - this.hinderedAt < RETRY_MS) return undefined;
    try {
      // By waiting, not by trying: some writer looks nearly always. The setting is undone with it when the wait ends in vain.
      await this.client.query(`
        set lock_timeout = ${LIE_DOWN_MS};
        select pg_advisory_lock(${LOCK_SPACE}, ${ASLEEP_LOCK});
        set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    } catch (error) {
      if (sqlState(error) !== TIMED_OUT) throw error;
      this.hinderedAt = performance.now();
      return holdersOfAdvisoryLock(this.client, (BigInt(LOCK_SPACE) << 32n) | BigInt(ASLEEP_LOCK));
    }
    this.asleep = true;
    const { rows } = await this.client.query<{ horizon: string }>('select pg_current_xact_id() as horizon');
    this.horizon = rows[0]?.horizon;
    return undefined;
  }

  /** From here on writers commit without ringing. */
  async getUp(): Promise<void> {
    if (!this.asleep) return;
    await this.client.query('select pg_advisory_unlock($1, $2)', [LOCK_SPACE, ASLEEP_LOCK]);
    this.asleep = false;
    this.horizon = undefined;
  }

  /**
   * Whether every change that is not taken yet will ring.
   * Ask before looking for changes, and believe it after: what committed in between was found by that look.
   */
  async isSettled(): Promise<boolean> {
    if (this.horizon === undefined) return this.asleep;
    const { rows } = await this.client.query<{ settled: boolean }>(
      'select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 as settled',
      [this.horizon],
    );
    if (rows[0]?.settled) this.horizon = undefined;
    return this.horizon === undefined;
  }
}
