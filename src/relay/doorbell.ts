import type pg from 'pg';

/** Namespace of Belfry's advisory locks ("belf" in ASCII); also written out in `belfry.ring()`. */
export const LOCK_SPACE = 0x62656c66;
/** Held by the process that relays. */
export const LEADER_LOCK = 1;
/** Held by the process that purges. */
export const PURGE_LOCK = 3;
/** Held by the relay while it sleeps: writers who find it taken ring. */
const ASLEEP_LOCK = 2;

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

  /** @param client the relay's own session: the lock goes with it, so a relay that dies is not rung for */
  constructor(private readonly client: pg.ClientBase) {}

  get isAsleep(): boolean {
    return this.asleep;
  }

  /** From here on writers ring. */
  async lieDown(): Promise<void> {
    if (this.asleep) return;
    // By waiting, not by trying: some writer looks nearly always.
    await this.client.query('select pg_advisory_lock($1, $2)', [LOCK_SPACE, ASLEEP_LOCK]);
    this.asleep = true;
    const { rows } = await this.client.query<{ horizon: string }>('select pg_current_xact_id() as horizon');
    this.horizon = rows[0]?.horizon;
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
