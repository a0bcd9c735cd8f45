import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { backoffMs } from '../database/backoff.js';
import { Connections } from '../database/connections.js';
import { CHANGES_CHANNEL, Listener } from '../database/listener.js';
import { Lineage } from './lineage.js';
import { LOOK_MS, Pace } from './pace.js';
import { BATCH, type Pass, RelaySession } from './relay-session.js';

/** How late a change can be when its ring was lost, in milliseconds. */
const SLOW_POLL_MS = 1_000;
/** How often a standby tries to take over, in milliseconds. */
const STANDBY_MS = 1_000;
/** A change that waited this long is taken by a standby: the leader may be stopped with its lock held. */
const OVERDUE_MS = 2_000;
/** Looks after lying down, until nobody is left who may not ring: 20 ms, doubled up to 250. */
const FIRST_WATCH_MS = 20;
const LAST_WATCH_MS = 250;
/** How often the server's notification queue is looked at, in milliseconds. */
const QUEUE_CHECK_MS = 10_000;
/** Above this share nobody is asked to ring: a full queue makes every commit that notifies fail. */
const QUEUE_FULL = 0.25;

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
  private queueIsFull = false;
  private queueCheckedAt = -Infinity;
  private role: 'leading' | 'standing by' | 'cut off' = 'cut off';

  constructor(
    private readonly connections: Connections,
    private readonly listener: Listener,
    private readonly lineage: Lineage,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** What this process does of the relay's work now. */
  get state(): 'leading' | 'standing by' | 'cut off' {
    return this.role;
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
    for (let attempt = 0; !this.stopping; attempt++) {
      const client = this.connections.directClient('relay');
      const lost = new AbortController();
      lost.signal.addEventListener('abort', () => this.endPause());
      client.on('error', (error) => lost.abort(error));
      client.on('end', () => lost.abort(new Error('the connection was closed')));
      try {
        await client.connect();
        const session = await RelaySession.open(client, this.lineage);
        attempt = 0;
        await this.work(session, lost.signal);
      } catch (error) {
        this.logger.warn(`the relay's session was lost, opening another: ${(error as Error).message}`);
      } finally {
        this.role = 'cut off';
        this.rung = false;
        await client.end().catch(() => undefined);
      }
      await this.pause(backoffMs(attempt));
    }
  }

  private async work(session: RelaySession, lost: AbortSignal): Promise<void> {
    while (!this.stopping) {
      lost.throwIfAborted();
      if (await session.tryToLead()) {
        await this.lead(session, lost);
        return;
      }
      this.role = 'standing by';
      if (await session.outbox.isOverdue(OVERDUE_MS)) while ((await session.relay(false)).taken === BATCH);
      await this.pause(STANDBY_MS, lost);
    }
  }

  private async lead(session: RelaySession, lost: AbortSignal): Promise<void> {
    this.role = 'leading';
    this.logger.log('relaying');
    const { doorbell, outbox } = session;
    const pace = new Pace(performance.now());
    let watchMs = FIRST_WATCH_MS;
    let mustLook = true;
    while (!this.stopping) {
      lost.throwIfAborted();
      await this.checkQueue(session);
      if (pace.isBusy || this.mayNotBeRung) await doorbell.getUp();
      else await doorbell.lieDown();
      const settled = await doorbell.isSettled();
      if (this.rung) mustLook = true;
      this.rung = false;
      const pass: Pass = mustLook || !(await outbox.isEmpty()) ? await session.relay(this.queueIsFull) : NOTHING;
      const { taken, fenced } = pass;
      pace.note(taken, performance.now());
      // A look that filled up, or found another at work, says nothing of what is left.
      mustLook = taken === BATCH;
      if (mustLook) continue;
      if (doorbell.isAsleep) {
        watchMs = settled || taken > 0 ? FIRST_WATCH_MS : Math.min(watchMs * 2, LAST_WATCH_MS);
        await this.pause(fenced ? FIRST_WATCH_MS : settled ? SLOW_POLL_MS : watchMs, lost);
      } else {
        await this.pause(fenced ? FIRST_WATCH_MS : LOOK_MS, lost);
      }
    }
  }

  /** Whether rings would not arrive, or must not be sent. */
  private get mayNotBeRung(): boolean {
    return this.config.wake === 'poll' || !this.listener.isHearing || this.queueIsFull;
  }

  private async checkQueue(session: RelaySession): Promise<void> {
    if (performance.now() - this.queueCheckedAt < QUEUE_CHECK_MS) return;
    this.queueCheckedAt = performance.now();
    const usage = await session.queueUsage();
    if (usage > QUEUE_FULL && !this.queueIsFull) {
      this.logger.error(
        `the notification queue is ${Math.round(usage * 100)} % full: some session listens and sits in a transaction ` +
          `(see pg_stat_activity). No NOTIFY from here until it empties; everything polls meanwhile.`,
      );
    }
    this.queueIsFull = usage > QUEUE_FULL;
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
