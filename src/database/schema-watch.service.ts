import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { BehaviorSubject, distinctUntilChanged, map, type Observable } from 'rxjs';
import { Connections } from './connections.js';
import { migrationNames, MIGRATIONS } from './migrations.js';
import { isSchemaMissing } from './missing-schema.js';

/** How often the applied migrations are looked at, in milliseconds. The relay looks in each of its transactions as well. */
const LOOK_MS = 2_000;

/** What is applied, to be asked in any transaction. */
export const APPLIED_MIGRATIONS =
  'select migration_name as name from belfry._prisma_migrations where finished_at is not null and rolled_back_at is null';

/**
 * Watches whether a newer version of Belfry has migrated the schema away under this one, as happens in a rolling upgrade.
 * This process then takes no more work: what its statements would do to tables that it does not know is anybody's guess.
 *
 * And whether the schema is there at all: a restore with `--clean` drops it first. Nothing needs to be stopped then, as every
 * statement fails by itself; it only has to be said.
 */
@Injectable()
export class SchemaWatch implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(SchemaWatch.name);
  private readonly unknown = new BehaviorSubject<string | undefined>(undefined);
  private known = new Set<string>();
  private isMissing = false;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  /** Whether the schema is ahead of this version; the current state first. */
  readonly isAhead$: Observable<boolean> = this.unknown.pipe(
    map((names) => names !== undefined),
    distinctUntilChanged(),
  );

  constructor(private readonly connections: Connections) {}

  async onModuleInit(): Promise<void> {
    // Once: a deployment may replace the files under a process that runs on.
    this.known = new Set(await migrationNames(MIGRATIONS));
    this.timer ??= setInterval(() => {
      this.looking = this.looking.then(() => this.look());
    }, LOOK_MS).unref();
  }

  /** Waits for a look that is under way, so that nothing asks a closed pool. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
    this.unknown.complete();
  }

  get isAhead(): boolean {
    return this.unknown.value !== undefined;
  }

  /** Why no work is taken, undefined while it is. */
  get trouble(): string | undefined {
    if (this.isMissing) return 'the schema "belfry" is missing in this database: restore it, or start Belfry anew, which makes it';
    if (this.unknown.value === undefined) return undefined;
    return `a newer version has migrated the schema (${this.unknown.value}): replace this process by that version`;
  }

  /** Notes what `APPLIED_MIGRATIONS` found. */
  note(applied: readonly { name: string }[]): void {
    if (this.isMissing) this.logger.log('the schema is there again');
    this.isMissing = false;
    const unknown = applied.map(({ name }) => name).filter((name) => !this.known.has(name));
    const names = unknown.length === 0 ? undefined : unknown.sort().join(', ');
    if (names === this.unknown.value) return;
    this.unknown.next(names);
    if (this.trouble === undefined) this.logger.log('the schema is the one of this version again: taking up work');
    else this.logger.error(`${this.trouble}. Until then it relays nothing, and sends streams and requests elsewhere.`);
  }

  private async look(): Promise<void> {
    try {
      const { rows } = await this.connections.direct.query<{ name: string }>(APPLIED_MIGRATIONS);
      this.note(rows);
    } catch (error) {
      // A database that does not answer is for the tail and the relay to say.
      if (this.isMissing || !isSchemaMissing(error)) return;
      this.isMissing = true;
      this.logger.error(`${this.trouble}. Until then nothing is captured or relayed, and requests are answered with 503.`);
    }
  }
}
