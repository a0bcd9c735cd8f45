import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { CommittedRow } from '../support/oracle.js';
import type { OwnPostgres } from '../support/postgres.js';
import type { Chance } from './random.js';
import { AUDIENCES, channelOf, TABLES } from './rules.js';

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
}

/** Business programs that write at once, in transactions that overlap. They know nothing of Belfry. */
export class Writers {
  readonly tally: Tally = { committed: 0, rolledBack: 0, lost: 0, unknown: 0 };
  /** Transactions that must be in the tables, and must not be, as `writer/number`. */
  private readonly acknowledged = new Set<string>();
  private readonly refused = new Set<string>();
  private stopping = false;
  private readonly running: Promise<void>[];

  constructor(
    private readonly postgres: OwnPostgres,
    count: number,
    chance: Chance,
    private readonly pacing: Pacing,
  ) {
    this.running = Array.from({ length: count }, (_, writer) => this.write(writer, chance.fork()));
  }

  /** Each ends the transaction it is in. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.running);
  }

  /** What the tables hold: the truth. @throws when the database broke its own word, and nothing can be concluded */
  async committedRows(): Promise<CommittedRow[]> {
    const client = await this.postgres.connect();
    try {
      const rows: CommittedRow[] = [];
      for (const table of TABLES) {
        const found = await client.query<Record<'id' | 'audience' | 'begun_at', string> & Record<'writer' | 'number' | 'place', number>>(
          `select id, audience, writer, number, place, begun_at from public.${table}`,
        );
        for (const { id, audience, writer, number, place, begun_at } of found.rows) {
          const row = { table: `public.${table}`, key: id, channel: channelOf(table, audience), writer, place };
          rows.push({ ...row, transaction: number, begunAt: Number(begun_at) });
        }
      }
      const kept = new Set(rows.map(({ writer, transaction }) => `${writer}/${transaction}`));
      for (const name of this.acknowledged) if (!kept.has(name)) throw new Error(`PostgreSQL lost the committed transaction ${name}`);
      for (const name of this.refused) if (kept.has(name)) throw new Error(`PostgreSQL kept the rolled back transaction ${name}`);
      return rows;
    } finally {
      await client.end();
    }
  }

  private async write(writer: number, chance: Chance): Promise<void> {
    let client: pg.Client | undefined;
    for (let number = 0; !this.stopping; number++) {
      client ??= await this.postgres.connect(`writer ${writer}`).catch(() => undefined);
      if (client && !(await this.transact(client, writer, number, chance))) {
        await client.end().catch(() => undefined);
        client = undefined;
      }
      await sleep(chance.between(0, this.pacing.betweenMs));
    }
    await client?.end().catch(() => undefined);
  }

  /** @returns false when the connection was lost */
  private async transact(client: pg.Client, writer: number, number: number, chance: Chance): Promise<boolean> {
    const name = `${writer}/${number}`;
    const rows = chance.between(1, 5);
    const fails = chance.happens(0.15);
    const begunAt = Date.now();
    try {
      await client.query('begin');
      for (let place = 0; place < rows; place++) {
        const table = chance.pick(TABLES);
        await client.query(
          `insert into public.${table} (audience, text, writer, number, place, begun_at) values ($1, $2, $3, $4, $5, $6)`,
          [chance.pick(AUDIENCES[table]), `row ${place} of ${name}`, writer, number, place, begunAt],
        );
        await sleep(chance.between(0, this.pacing.withinMs) * (chance.happens(0.05) ? 10 : 1));
      }
    } catch {
      this.tally.lost++;
      this.refused.add(name);
      return false;
    }
    try {
      await client.query(fails ? 'rollback' : 'commit');
    } catch {
      if (fails) this.refused.add(name);
      this.tally[fails ? 'lost' : 'unknown']++;
      return false;
    }
    (fails ? this.refused : this.acknowledged).add(name);
    this.tally[fails ? 'rolledBack' : 'committed']++;
    return true;
  }
}
