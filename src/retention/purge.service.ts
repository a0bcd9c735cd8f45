import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type pg from 'pg';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { Retention } from '../config/keep.js';
import { Connections } from '../database/connections.js';
import { SchemaWatch } from '../database/schema-watch.service.js';
import { LOCK_SPACE, PURGE_LOCK } from '../relay/doorbell.js';
import { PurgeRepository } from './purge.repository.js';
import { type Purged, RetentionMetrics } from './retention.metrics.js';

/** Time between two purges: a tenth of the shortest time that anything is kept, between these two. In milliseconds. */
const SOONEST_MS = 1_000;
const LATEST_MS = 60_000;
/** Rows deleted in one transaction: some milliseconds. */
const BATCH = 1_000;
/** Rests between two batches, in times of what the batch took: a purge takes a third of one connection at most. */
const REST = 2;

// A purge waits for nobody, and what a crash undoes of it is done again: no commit of it waits for the disk. Its lock does not
// outlast a process that was stopped.
const SESSION_SETTINGS = `
  set statement_timeout = '10s';
  set lock_timeout = '1s';
  set idle_in_transaction_session_timeout = '4s';
  set idle_session_timeout = '1min';
  set synchronous_commit = 'off'`;

/**
 * Lets go of what is too old or too much. First the floor is raised, in one small transaction: from then on nobody reads
 * what lies below it. Then the rows are deleted in small batches, which no reader and no writer waits for. One process
 * at a time does so.
 */
@Injectable()
export class Purge implements OnModuleDestroy {
  private readonly logger = new Logger(Purge.name);
  private readonly keep: Retention;
  private running: Promise<void> | undefined;
  /** By which it is purged now. */
  private client: pg.Client | undefined;
  private readonly ending = new AbortController();

  constructor(
    private readonly connections: Connections,
    private readonly schema: SchemaWatch,
    @Inject(CONFIG) config: Config,
    private readonly metrics: RetentionMetrics,
  ) {
    this.keep = config.retention;
  }

  start(): void {
    this.running ??= this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.ending.abort();
    // A look at millions of rows may take longer than the process has; what is undone is done by whoever purges next.
    if (this.client) await this.connections.sessions.cancel([this.client]);
    await this.running;
  }

  /** Purges once. @returns false when another process is at it */
  async purge(): Promise<boolean> {
    const client = this.connections.directClient('purge');
    // Whatever waits for an answer then is told as well.
    client.on('error', () => undefined);
    this.client = client;
    try {
      await client.connect();
      await client.query(SESSION_SETTINGS);
      const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1, $2) as mine', [LOCK_SPACE, PURGE_LOCK]);
      if (!rows[0]?.mine) return false;
      await this.purgeWith(new PurgeRepository(client, this.ending.signal));
      return true;
    } finally {
      this.client = undefined;
      await client.end().catch(() => undefined);
    }
  }

  private async run(): Promise<void> {
    const { journal, notifications, failedChanges } = this.keep;
    const shortest = Math.min(journal.age, notifications.age, failedChanges.age);
    const everyMs = Math.min(LATEST_MS, Math.max(SOONEST_MS, shortest / 10));
    let failing = false;
    // By chance, so that the processes take turns.
    while (await this.pause(everyMs * (0.5 + Math.random() / 2))) {
      if (this.schema.isAhead) continue;
      try {
        await this.purge();
        if (failing) this.logger.log('purging again');
        failing = false;
      } catch (error) {
        if (this.ending.signal.aborted) return;
        if (!failing) this.logger.warn(`can't purge, trying again: ${(error as Error).message}`);
        failing = true;
      }
    }
  }

  private async purgeWith(repository: PurgeRepository): Promise<void> {
    const { journal, notifications, failedChanges } = this.keep;
    const floors = await repository.floors();
    const entries = await repository.dueEntries(floors, journal);
    const due = await repository.dueNotifications(floors, notifications);
    if (entries.rows + due.rows > 0 && !(await repository.raise(floors, entries, due))) return;
    await this.batches('journal', () => repository.deleteEntries(BATCH));
    await this.batches('notifications', () => repository.deleteNotifications(BATCH));
    await this.batches('failed_changes', () => repository.deleteFailedChanges(failedChanges, BATCH));
    await this.batches('publications', () => repository.deletePublications(BATCH));
    this.metrics.note('rules', await repository.deleteRules(notifications));
    await repository.finish();
  }

  private async batches(what: Purged, deleteBatch: () => Promise<number>): Promise<void> {
    for (let goesOn = true; goesOn; ) {
      const began = performance.now();
      const rows = await deleteBatch();
      this.metrics.note(what, rows);
      goesOn = rows >= BATCH;
      if (goesOn) await this.pause((performance.now() - began) * REST);
    }
  }

  /** @returns false when it is time to stop */
  private async pause(ms: number): Promise<boolean> {
    const { signal } = this.ending;
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}
