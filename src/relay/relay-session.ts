import type pg from 'pg';
import { checkOwnSession, PoolerError } from '../database/pooler.js';
import { APPLIED_MIGRATIONS, type SchemaWatch } from '../database/schema-watch.service.js';
import { isDataFault, sqlState } from '../database/server.js';
import { inTransaction } from '../database/transaction.js';
import { type Batch, toBatch } from './batch.js';
import { Decider, OutOfTime } from './decider.js';
import { Doorbell, LEADER_LOCK, LOCK_SPACE, LOCK_TIMEOUT_MS } from './doorbell.js';
import { LookAhead } from './look-ahead.js';
import { findOpen } from './open-notifications.js';
import { Outbox } from './outbox.js';
import type { Decided } from './outcome.js';
import type { Lineage } from './lineage.js';
import { RenderBudget } from './render-budget.js';
import { writeBatch } from './write-batch.js';

/** program_limit_exceeded. */
const QUEUE_FULL = '54000';

/** Changes taken in one transaction. */
export const BATCH = 500;

// A relay whose machine vanished is given up by the server within seconds, and so is one stopped in mid-batch: its locks
// are what the others wait for. Positions that were told to a reader must survive a crash, whatever the server's default.
// What is planned while the outbox is empty is run when it is full: then no table may be read whole. Before PostgreSQL 18 that looks dear
// where there is no other way, and what is dear is compiled.
const SESSION_SETTINGS = `
  set statement_timeout = '30s';
  set lock_timeout = ${LOCK_TIMEOUT_MS};
  set enable_seqscan = off;
  set jit = off;
  set idle_in_transaction_session_timeout = '3s';
  set tcp_keepalives_idle = 1;
  set tcp_keepalives_interval = 1;
  set tcp_keepalives_count = 2;
  set tcp_user_timeout = 3000;
  select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`;

// Who holds the fence, and what it may still write. Each statement has a snapshot of its own, so that what is asked after the
// lock is not older than the lock; one round trip for all.
const FENCE = `
  select position, pg_relation_filenode(tableoid) as file, pg_backend_pid() as pid from belfry.relay_state for update skip locked;
  ${APPLIED_MIGRATIONS}`;

interface State {
  position: string;
  file: string;
  pid: number;
}

/** What one pass took off the outbox, and whether it could: another relay may hold the fence. */
export interface Pass {
  taken: number;
  fenced: boolean;
  /** There is more that was there by then. */
  goesOn?: boolean;
  /** It was written without waking the tails, for the notification queue is full. */
  queueFull?: boolean;
}

/** The relay's work over one database session. */
export class RelaySession {
  readonly doorbell: Doorbell;
  private readonly decider: Decider;
  private readonly ahead: LookAhead;
  /** The file that `relay_state` lives in: another one, and its content has come from elsewhere. */
  private file: string | undefined;

  private constructor(
    private readonly client: pg.ClientBase,
    private readonly schema: SchemaWatch,
    private readonly pid: number | undefined,
    readonly outbox: Outbox,
    private readonly lineage: Lineage,
    budget: RenderBudget,
  ) {
    this.decider = new Decider(client, budget);
    this.ahead = new LookAhead(outbox, this.decider);
    this.doorbell = new Doorbell(client);
  }

  /**
   * @param client connected, and used by nobody else
   * @param other  connected by the same address
   * @param budget what the sessions before this one have used of it stays used
   * @throws PoolerError when the session is shared: its locks would stay with whoever has it next
   */
  static async open(
    client: pg.ClientBase, other: pg.ClientBase, schema: SchemaWatch, lineage: Lineage, budget = new RenderBudget(),
  ): Promise<RelaySession> {
    await checkOwnSession(client, other);
    return RelaySession.unchecked(client, schema, lineage, budget);
  }

  /** @internal for tests of what holds where the check was passed by */
  static async unchecked(client: pg.ClientBase, schema: SchemaWatch, lineage: Lineage, budget = new RenderBudget()): Promise<RelaySession> {
    await client.query(SESSION_SETTINGS);
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return new RelaySession(client, schema, rows[0]?.pid, await Outbox.open(client), lineage, budget);
  }

  /** Whether this session is the one to relay from here on. */
  async tryToLead(): Promise<boolean> {
    const { rows } = await this.client.query<{ leads: boolean }>('select pg_try_advisory_lock($1, $2) as leads', [LOCK_SPACE, LEADER_LOCK]);
    return rows[0]?.leads ?? false;
  }

  /** How full the server's notification queue is, 0 to 1. At 1 every commit that notifies fails. */
  async queueUsage(): Promise<number> {
    const { rows } = await this.client.query<{ usage: number }>('select pg_notification_queue_usage() as usage');
    return rows[0]?.usage ?? 0;
  }

  /**
   * Turns up to a batch of changes into notifications and journal entries, in one transaction.
   *
   * Leading is a matter of who looks; what makes positions safe is the row lock taken here: the last position, the lock
   * and the writes share a transaction, so a relay that lost its session can't write, however sure it is that it leads.
   *
   * @param quiet do not wake the tails; they find the entries by their slow poll
   */
  async relay(quiet: boolean): Promise<Pass> {
    try {
      return await this.inTime(quiet);
    } catch (error) {
      this.outbox.startOver();
      this.ahead.forget();
      this.file = undefined;
      if (!isDataFault(error)) throw error;
      // A full notification queue fails the commit with a code that a row too large has as well: without waking anybody it
      // shows which of the two it was.
      if (!quiet && sqlState(error) === QUEUE_FULL) return { ...(await this.relay(true)), queueFull: true };
      // Something in the batch can't be written. One by one, so that only that is parked.
      return await this.pass(() => this.decide(1), quiet, true);
    }
  }

  /** A batch, or as much of it as can be rendered in the time that a transaction has. */
  private async inTime(quiet: boolean): Promise<Pass> {
    let source = (): Promise<Decided[]> => (this.ahead.isReady ? this.ahead.take(BATCH) : this.decide(BATCH));
    for (let goesOn = false; ; goesOn = true) {
      try {
        const pass = await this.pass(source, quiet);
        return goesOn ? { ...pass, goesOn } : pass;
      } catch (error) {
        if (!(error instanceof OutOfTime)) throw error;
        this.file = undefined;
        source = () => this.takeAgain(error.before);
      }
    }
  }

  private async decide(limit: number): Promise<Decided[]> {
    return this.decider.decide(await this.outbox.take(limit));
  }

  /** What a rollback put back, decided already. */
  private async takeAgain(decided: readonly Decided[]): Promise<Decided[]> {
    const taken = await this.outbox.takeAgain(decided.map(({ change }) => change));
    return decided.filter(({ change }) => taken.has(change.id));
  }

  private async pass(source: () => Promise<Decided[]>, quiet: boolean, oneByOne = false): Promise<Pass> {
    let written: Batch | undefined;
    const pass = await inTransaction(this.client, async () => {
      const state = await this.fence();
      if (!state) return { taken: 0, fenced: true };
      // Before anything is written, the epoch must be that of the journal as it is now.
      if (state.file !== this.file) await this.lineage.confirmWithin(this.client);
      this.file = state.file;
      const last = BigInt(state.position);
      const decided = await source();
      const goesOn = this.outbox.isUnderWay && { goesOn: true };
      if (decided.length === 0) return { taken: 0, fenced: false, ...goesOn };
      written = oneByOne ? await this.writeOrPark(decided, last, quiet) : await this.write(decided, last, quiet);
      return { taken: decided.length, fenced: false, ...goesOn };
    });
    const entry = written?.journal.at(-1);
    if (entry) this.lineage.witness({ position: entry.position, occurredAt: entry.occurredAt.getTime() });
    return pass;
  }

  /** Takes the fence. @returns undefined where another has it, or a newer version has migrated the tables away */
  private async fence(): Promise<State | undefined> {
    const results = (await this.client.query(FENCE)) as unknown as [
      pg.QueryResult<State>,
      pg.QueryResult<{ name: string }>,
    ];
    const [{ rows: [state] }, { rows: applied }] = results;
    if (state && state.pid !== this.pid) throw new PoolerError('a relay that is in another session than it began in');
    this.schema.note(applied);
    return this.schema.isAhead ? undefined : state;
  }

  /** Writes a batch, and decides the next one while the server is at it. */
  private async write(decided: readonly Decided[], last: bigint, quiet: boolean): Promise<Batch> {
    const batch = await this.batchOf(decided, last);
    await this.ahead.readOn(BATCH);
    await writeBatch(this.client, batch, quiet, () => this.ahead.decide());
    return batch;
  }

  /** @returns what was written: the notification, or that it was parked */
  private async writeOrPark(decided: Decided[], last: bigint, quiet: boolean): Promise<Batch> {
    await this.client.query('savepoint one');
    try {
      const batch = await this.batchOf(decided, last);
      await writeBatch(this.client, batch, quiet);
      return batch;
    } catch (error) {
      if (!isDataFault(error)) throw error;
      await this.client.query('rollback to savepoint one');
      const reason = `could not be stored: ${(error as Error).message} (SQLSTATE ${sqlState(error) ?? 'none'})`;
      const parked = toBatch(decided.map(({ change }) => ({ change, outcome: { kind: 'failed', reason } })), last);
      await writeBatch(this.client, parked, quiet);
      return parked;
    }
  }

  private async batchOf(decided: readonly Decided[], last: bigint): Promise<Batch> {
    const open = await findOpen(this.client, decided);
    this.decider.beginAgain();
    return toBatch(decided, last, open);
  }
}
