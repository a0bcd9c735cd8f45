import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type pg from 'pg';
import type { Subscription } from 'rxjs';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { backoffMs } from '../database/backoff.js';
import { Connections } from '../database/connections.js';
import { CHANGES_CHANNEL, Listener } from '../database/listener.js';
import { PoolerError } from '../database/pooler.js';
import { SchemaWatch } from '../database/schema-watch.service.js';
import { Trouble } from '../database/trouble.js';
import type { Doorbell } from './doorbell.js';
import { Lineage } from './lineage.js';
import { LOOK_MS, Pace } from './pace.js';
import { QueueWatch } from './queue-watch.js';
import { RenderBudget } from './render-budget.js';
import { BATCH, type Pass, RelaySession } from './relay-session.js';

/** How late a change can be when its ring was lost, in milliseconds. */
const SLOW_POLL_MS = 1_000;
/** How often a standby tries to take over, in milliseconds. */
const STANDBY_MS = 1_000;
/** The same while a transaction of the leader's keeps it from that: it may be the last thing that the leader ever did. */
const FENCED_STANDBY_MS = 200;
/** A change that waited this long is taken by a standby: the leader may be stopped with its lock held. */
const OVERDUE_MS = 2_000;
/** Looks after lying down, until nobody is left who may not ring: 20 ms, doubled up to 250. */
const FIRST_WATCH_MS = 20;
const LAST_WATCH_MS = 250;
/** How often a process that is of an older version than the schema looks whether it still is, in milliseconds. */
const OUTDATED_MS = 1_000;

const NOTHING: Pass = { taken: 0, fenced: false };

/** Runs the relay: one process leads, every other stands by and takes over by itself. */
@Injectable()
export class Relay implements OnModuleDestroy {
  private readonly logger = new Logger(Relay.name);
  private endPause: () => void = () => undefined;
  private running: Promise<void> | undefined;
  private rings: Subscription | undefined;
  private rung = false;
  private stopping = false;
  private readonly budget = new RenderBudget();
  private readonly queue = new QueueWatch(this.logger);
  private readonly failure = new Trouble();
  private readonly hindrance = new Trouble();
  private isPooled = false;
  private attempts = 0;
  private role: 'leading' | 'standing by' | 'cut off' = 'cut off';

  constructor(
    private readonly connections: Connections,
    private readonly listener: Listener,
    private readonly lineage: Lineage,
    private readonly schema: SchemaWatch,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** What this process does of the relay's work now. */
  get state(): 'leading' | 'standing by' | 'cut off' {
    return this.role;
  }

  /** What only a person can mend, undefined while there is no such thing. */
  get trouble(): string | undefined {
    return this.isPooled ? 'a transaction pooler stands between: set BELFRY_LISTEN_URL to a direct connection' : undefined;
  }

  start(): void {
    this.rings ??= this.listener.on(CHANGES_CHANNEL).subscribe(() => this.ring());
    this.running ??= this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    this.rings?.unsubscribe();
    this.endPause();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      if (this.schema.isAhead) {
        await this.pause(OUTDATED_MS);
        continue;
      }
      const client = this.connections.directClient('relay');
      const lost = new AbortController();
      lost.signal.addEventListener('abort', () => this.endPause());
      client.on('error', (error) => lost.abort(error));
      client.on('end', () => lost.abort(new Error('the connection was closed')));
      try {
        await client.connect();
        await this.work(await this.open(client), lost.signal);
      } catch (error) {
        this.complain(error as Error);
      } finally {
        this.role = 'cut off';
        this.rung = false;
        await client.end().catch(() => undefined);
      }
      await this.pause(backoffMs(this.attempts++));
    }
  }

  private async open(client: pg.Client): Promise<RelaySession> {
    const session = await this.connections.withDirect((other) => RelaySession.open(client, other, this.schema, this.lineage, this.budget));
    this.isPooled = false;
    return session;
  }

  /** The session does what it is for: only that ends a trouble, as one may well be opened and then fail at its work. */
  private goesWell(): void {
    this.attempts = 0;
    if (this.failure.end()) this.logger.log('the relay works again');
  }

  private complain(error: Error): void {
    this.isPooled = error instanceof PoolerError;
    if (!this.failure.meet(error.message)) return;
    if (this.isPooled) this.logger.error(`not relaying: ${error.message}`);
    else this.logger.warn(`the relay's session was lost, opening another: ${error.message}`);
  }

  private async work(session: RelaySession, lost: AbortSignal): Promise<void> {
    while (this.mayWork) {
      lost.throwIfAborted();
      if (await session.tryToLead()) {
        await this.lead(session, lost);
        return;
      }
      this.role = 'standing by';
      this.goesWell();
      const fenced = (await session.outbox.isOverdue(OVERDUE_MS)) && (await this.catchUp(session));
      await this.pause(fenced ? FENCED_STANDBY_MS : STANDBY_MS, lost);
    }
  }

  /** In the leader's stead. @returns whether another relay was at it */
  private async catchUp(session: RelaySession): Promise<boolean> {
    for (;;) {
      const { taken, fenced, goesOn } = await session.relay(this.queue.isFull);
      if (taken < BATCH && !goesOn) return fenced;
    }
  }

  private async lead(session: RelaySession, lost: AbortSignal): Promise<void> {
    this.role = 'leading';
    let isSaid = false;
    const { doorbell, outbox } = session;
    const pace = new Pace(performance.now());
    let watchMs = FIRST_WATCH_MS;
    let mustLook = true;
    while (this.mayWork) {
      lost.throwIfAborted();
      await this.queue.check(() => session.queueUsage());
      if (pace.isBusy || this.mayNotBeRung) await doorbell.getUp();
      else await this.lieDown(doorbell);
      const settled = await doorbell.isSettled();
      if (this.rung) mustLook = true;
      this.rung = false;
      const pass: Pass = mustLook || !(await outbox.isEmpty()) ? await session.relay(this.queue.isFull) : NOTHING;
      const { taken, fenced, goesOn, queueFull } = pass;
      this.goesWell();
      if (!isSaid) this.logger.log('relaying');
      isSaid = true;
      if (queueFull) this.queue.fill();
      pace.note(taken, performance.now());
      // A look that filled up, or found another at work, says nothing of what is left.
      mustLook = taken === BATCH || goesOn === true;
      if (mustLook) continue;
      if (doorbell.isAsleep) {
        watchMs = settled || taken > 0 ? FIRST_WATCH_MS : Math.min(watchMs * 2, LAST_WATCH_MS);
        await this.pause(fenced ? FIRST_WATCH_MS : settled ? SLOW_POLL_MS : watchMs, lost);
      } else {
        await this.pause(fenced ? FIRST_WATCH_MS : LOOK_MS, lost);
      }
    }
  }

  private async lieDown(doorbell: Doorbell): Promise<void> {
    const holders = await doorbell.lieDown();
    if (doorbell.isAsleep) this.hindrance.end();
    else if (holders !== undefined && this.hindrance.meet('the lock is kept')) {
      this.logger.warn(`can't wait for rings, looking every ${LOOK_MS} ms instead: end the session that keeps the doorbell's lock: ${holders}`);
    }
  }

  /** Not of a version that the schema has left behind, nor on the way out. */
  private get mayWork(): boolean {
    return !this.stopping && !this.schema.isAhead;
  }

  /** Whether rings would not arrive, or must not be sent. */
  private get mayNotBeRung(): boolean {
    return this.config.wake === 'poll' || !this.listener.isHearing || this.queue.isFull;
  }

  /** Rings are for the one who leads: a standby has nothing to look for, and who is cut off can't. */
  private ring(): void {
    if (this.role !== 'leading') return;
    this.rung = true;
    this.endPause();
  }

  /** Waits, until rung for, lost or stopped at the latest. */
  private async pause(ms: number, lost?: AbortSignal): Promise<void> {
    if (this.rung || this.stopping || ms <= 0 || lost?.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
