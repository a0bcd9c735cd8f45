import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { CommittedRow } from '../support/ledger.js';
import { isLoss, type OwnPostgres } from '../support/postgres.js';
import type { Chance } from './random.js';
import { AUDIENCES, CLERK, TABLES } from './rules.js';

/** How transactions came out, from where the writers stand. */
export interface Tally {
  committed: number;
  rolledBack: number;
  /** The connection was lost before the commit: it can't have happened. */
  lost: number;
  /** The connection was lost during the commit: only the tables know. */
  unknown: number;
}

export interface Pacing {
  /** Longest wait between two statements of a transaction, in milliseconds; one in twenty is ten times as long. */
  withinMs: number;
  /** Longest wait between two transactions, in milliseconds. */
  betweenMs: number;
  /** Longest life of a transaction that is left open while all the others commit, in milliseconds. */
  longMs: number;
}

/** Most rows of one statement. */
const MOST_ROWS = 40;

/** Business programs that write at once, in transactions that overlap. They know nothing of Belfry. */
export class Writers {
  readonly tally: Tally = { committed: 0, rolledBack: 0, lost: 0, unknown: 0 };
  /** Writes that failed and had no reason of their own to. */
  readonly hurt: string[] = [];
  /** Transactions that must be in the tables, and must not be, as `writer/number`. */
  private readonly acknowledged = new Set<string>();
  private readonly refused = new Set<string>();
  private paused = false;
  private stopping = false;
  private readonly busy = new Set<Promise<boolean>>();
  private readonly running: Promise<void>[];

  constructor(
    private readonly postgres: OwnPostgres,
    count: number,
    chance: Chance,
    private readonly pacing: Pacing,
  ) {
    this.running = Array.from({ length: count }, (_, writer) => this.write(writer, chance.fork()));
  }

  /** Each ends the transaction it is in, and begins none until `resume`. */
  async pause(): Promise<void> {
    this.paused = true;
    await Promise.all(this.busy);
  }

  resume(): void {
    this.paused = false;
  }

  /** Each ends the transaction it is in. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.paused = false;
    await Promise.all(this.running);
  }

  /** @throws when the database broke its own word, and nothing can be concluded */
  check(rows: readonly CommittedRow[]): void {
    const kept = new Set(rows.map(({ writer, transaction }) => `${writer}/${transaction}`));
    for (const name of this.acknowledged) if (!kept.has(name)) throw new Error(`PostgreSQL lost the committed transaction ${name}`);
    for (const name of this.refused) if (kept.has(name)) throw new Error(`PostgreSQL kept the rolled back transaction ${name}`);
  }

  /** A backup takes the database's place: what was acknowledged until now need not be there any more. */
  forget(): void {
    this.acknowledged.clear();
  }

  private async write(writer: number, chance: Chance): Promise<void> {
    // Every third is a program that signs in as somebody else; the last one takes its time.
    const user = writer % 3 === 2 ? CLERK : 'postgres';
    let client: pg.Client | undefined;
    for (let number = 0; !this.stopping; number++) {
      client ??= await this.postgres.connect(`writer ${writer}`, { user }).catch(() => undefined);
      while (this.paused) await sleep(20);
      const work = client ? this.transact(client, writer, number, chance) : Promise.resolve(true);
      this.busy.add(work);
      if (!(await work.finally(() => this.busy.delete(work)))) {
        await client?.end().catch(() => undefined);
        client = undefined;
      }
      await sleep(chance.between(0, this.pacing.betweenMs));
    }
    await client?.end().catch(() => undefined);
  }

  /** @returns false when the connection was lost */
  private async transact(client: pg.Client, writer: number, number: number, chance: Chance): Promise<boolean> {
    const name = `${writer}/${number}`;
    const fails = chance.happens(0.15);
    try {
      await client.query('begin');
      await this.fill(client, writer, number, chance);
    } catch (error) {
      this.note(name, error as Error);
      this.tally.lost++;
      this.refused.add(name);
      return false;
    }
    try {
      await client.query(fails ? 'rollback' : 'commit');
    } catch (error) {
      this.note(name, error as Error);
      if (fails) this.refused.add(name);
      this.tally[fails ? 'lost' : 'unknown']++;
      return false;
    }
    (fails ? this.refused : this.acknowledged).add(name);
    this.tally[fails ? 'rolledBack' : 'committed']++;
    return true;
  }

  /** One to five statements, some of many rows, some taken back by a savepoint. */
  private async fill(client: pg.Client, writer: number, number: number, chance: Chance): Promise<void> {
    const begunAt = Date.now();
    const statements = chance.between(1, 5);
    let place = 0;
    for (let statement = 0; statement < statements; statement++) {
      const table = chance.pick(TABLES);
      const rows = chance.happens(0.05) ? chance.between(2, MOST_ROWS) : 1;
      const takesBack = chance.happens(0.1);
      if (takesBack) await client.query('savepoint here');
      await client.query(
        `insert into public.${table} (audience, text, writer, number, place, begun_at)
         select $1, 'row ' || place || ' of ' || $2, $3, $4, place, $5 from generate_series($6::int, $7::int) as place`,
        [chance.pick(AUDIENCES[table]), `${writer}/${number}`, writer, number, begunAt, place, place + rows - 1],
      );
      if (takesBack) await client.query('rollback to savepoint here');
      place += rows;
      await sleep(writer === 0 ? chance.between(0, this.pacing.longMs / statements) : this.wait(chance));
    }
    // A transaction that was taken back whole leaves no row: one that was not to be found would look lost.
    await client.query(
      'insert into public.notices (audience, text, writer, number, place, begun_at) values ($1, $2, $3, $4, $5, $6)',
      ['everyone', `the last of ${writer}/${number}`, writer, number, place, begunAt],
    );
  }

  private wait(chance: Chance): number {
    return chance.between(0, this.pacing.withinMs) * (chance.happens(0.05) ? 10 : 1);
  }

  private note(name: string, error: Error): void {
    if (!isLoss(error)) this.hurt.push(`transaction ${name} of the business failed: ${error.message}`);
  }
}
