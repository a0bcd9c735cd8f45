import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isLoss, type OwnPostgres } from '../../support/postgres.js';
import type { Chance } from '../random.js';
import { STAFF, TEAMS } from './rules.js';

/** Longest wait between two transactions of one program, in milliseconds. */
const BETWEEN_MS = 150;
/** Of the newest rows of a table one is changed. */
const RECENT = 12;

/** Business programs whose rows are changed after they were written: what is told of them lives on. */
export class Programs {
  readonly hurt: string[] = [];
  transactions = 0;
  private paused = false;
  private stopping = false;
  private readonly busy = new Set<Promise<boolean>>();
  private readonly running: Promise<void>[];

  constructor(
    private readonly postgres: OwnPostgres,
    count: number,
    chance: Chance,
  ) {
    this.running = Array.from({ length: count }, (_, number) => this.run(number, chance.fork()));
  }

  /** Ends the transactions under way, and begins none until `resume`. */
  async pause(): Promise<void> {
    this.paused = true;
    await Promise.all(this.busy);
  }

  resume(): void {
    this.paused = false;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.running);
  }

  private async run(number: number, chance: Chance): Promise<void> {
    let client: pg.Client | undefined;
    while (!this.stopping) {
      await sleep(chance.between(0, BETWEEN_MS));
      client ??= await this.postgres.connect(`desk program ${number}`).catch(() => undefined);
      if (this.paused || !client) continue;
      const work = this.transact(client, chance);
      this.busy.add(work);
      if (!(await work.finally(() => this.busy.delete(work)))) {
        await client.end().catch(() => undefined);
        client = undefined;
      }
    }
    await client?.end().catch(() => undefined);
  }

  /** @returns false when the connection was lost, or what it did was refused */
  private async transact(client: pg.Client, chance: Chance): Promise<boolean> {
    try {
      await client.query('begin');
      for (let times = chance.between(1, 4); times > 0; times--) await client.query(...statement(chance));
      await client.query(chance.happens(0.1) ? 'rollback' : 'commit');
      this.transactions++;
      return true;
    } catch (error) {
      // Two at the same rows the other way round, or what the administrator has set for new sessions: their affair, not ours.
      const isTheirs = /^(25|40|53|55)/.test((error as { code?: string }).code ?? '');
      if (isTheirs) return client.query('rollback').then(() => true, () => false);
      if (!isLoss(error)) this.hurt.push(`a program of the desk failed: ${(error as Error).message}`);
      return false;
    }
  }
}

function statement(chance: Chance): [string, unknown[]] {
  const team = chance.pick(TEAMS);
  const one = (table: string): string => `id = (select id from (select id from public.${table} order by id desc limit ${RECENT}) as recent order by random() limit 1)`;
  const kind = chance.between(0, 11);
  switch (kind) {
    case 0:
    case 1:
      return [`insert into public.tickets (team, urgent, subject) values ($1, $2, 'ticket')`, [team, chance.happens(0.4)]];
    case 2:
      return [`update public.tickets set assignee = $1 where ${one('tickets')}`, [chance.pick(Object.keys(STAFF))]];
    case 3:
      return [`update public.tickets set state = 'done' where ${one('tickets')}`, []];
    case 4:
      return [`update public.tickets set state = 'open', assignee = $1 where ${one('tickets')}`, [chance.pick(Object.keys(STAFF))]];
    case 5:
      return ['insert into public.jobs (team, percent) values ($1, 0)', [team]];
    case 6:
    case 7:
      return [`update public.jobs set percent = percent + $1 where ${one('jobs')}`, [chance.between(1, 30)]];
    case 8:
      // Who had it is not addressed any more.
      return [`update public.jobs set team = $1 where ${one('jobs')}`, [team]];
    case 9:
      return ['insert into public.alarms default values', []];
    case 10:
      return ['insert into public.readings select from generate_series(1, $1::int)', [chance.pick([1, 2, 5, 6, 30])]];
    default:
      return ['insert into public.visits (team) values ($1)', [team]];
  }
}
