import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { filter, Subject, type Subscription } from 'rxjs';
import { SchemaWatch } from '../database/schema-watch.service.js';
import type { Entry } from '../journal/entry.js';
import { Tail } from '../journal/tail.service.js';
import { reasonOf } from '../ops/reason.js';
import { Displacement } from './displacement.js';
import { Frames } from './frame.js';
import type { Session } from './session.js';
import { STREAM_LIMITS, type StreamLimits } from './stream.limits.js';
import { WaitingRoom } from './waiting-room.js';

/** A drained process spreads its readers by chance over a second, and 2 ms more for each of them. */
const DRAIN_SPREAD_MS = 1_000;
const DRAIN_SPREAD_PER_STREAM_MS = 2;
/** Streams that could not be served are told of at most so often, together: a database that is away fails all of them. */
const FAILURES_TOLD_MS = 10_000;
/** How often it is looked whether a stream is quiet or at its end: as much later than at its time either may come. */
const MOST_LOOK_MS = 250;
/** Longest rest between two rounds of handing out; what lies in the way of its end comes on top, so that 50 are not reached. */
const MOST_REST_MS = 40;
/** A round that takes no longer than this is no burden. */
const SHORT_ROUND_MS = 1;
/** What the last frames need to leave the process. */
const LAST_FRAMES_MS = 100;

/** Hands journal entries to the sessions whose channels they carry. */
@Injectable()
export class Hub implements OnModuleDestroy {
  /** Oldest first. */
  private readonly sessions = new Set<Session>();
  private readonly byChannel = new Map<string, Set<Session>>();
  /** Of admins who had too many, as long as they have any. */
  private readonly displacements = new Map<string, Displacement>();
  private readonly logger = new Logger(Hub.name);
  private failures = 0;
  private failuresToldAt = -Infinity;
  private readonly subscriptions: Subscription[];
  private rounds: NodeJS.Timeout | undefined;
  /** Came while the hub rested, the first of them at this time. */
  private gathered: Entry[] = [];
  private gatheredSince = 0;
  private rest: NodeJS.Timeout | undefined;
  private draining = false;
  private drainSpread = DRAIN_SPREAD_MS;

  readonly waitingRoom = new WaitingRoom();
  /** What most sessions are given alike. */
  readonly frames: Frames;
  /** For each round of handing out how long the oldest entry of it had waited for others, in milliseconds. */
  readonly gathered$ = new Subject<number>();

  constructor(
    tail: Tail,
    private readonly schema: SchemaWatch,
    @Inject(STREAM_LIMITS) private readonly limits: StreamLimits,
  ) {
    this.frames = new Frames(limits.frameCharacters);
    this.subscriptions = [
      tail.advanced$.subscribe((entries) => this.handOut(entries)),
      tail.replaced$.subscribe((reason) => {
        for (const session of [...this.sessions]) session.reset(reason);
      }),
      // A process of the newer version will have them.
      schema.isAhead$.pipe(filter(Boolean)).subscribe(() => this.drain()),
    ];
  }

  /** Open streams. */
  get size(): number {
    return this.sessions.size;
  }

  /** Whether the process is on its way out, or of an older version than the schema: no stream is to be opened any more. */
  get isDraining(): boolean {
    return this.draining || this.schema.isAhead;
  }

  /** From here on the session is woken. Displaces the admin's oldest where there are too many; a poll, which comes and goes, no stream. */
  add(session: Session): void {
    const { userId } = session;
    const own = [...(this.byChannel.get(`user:${userId}`) ?? [])].filter(({ isPoll }) => isPoll === session.isPoll);
    if (own.length >= this.limits.perAdmin) own[0]?.sayGoodbye('displaced', this.displacement(userId).next());
    this.sessions.add(session);
    this.rounds ??= setInterval(() => this.goRound(), Math.min(MOST_LOOK_MS, this.limits.heartbeatMs / 4));
    for (const channel of session.channels) setAt(this.byChannel, channel).add(session);
  }

  remove(session: Session): void {
    this.sessions.delete(session);
    for (const channel of session.channels) deleteAt(this.byChannel, channel, session);
    if (!this.byChannel.has(`user:${session.userId}`)) this.displacements.delete(session.userId);
    if (this.sessions.size > 0) return;
    clearInterval(this.rounds);
    this.rounds = undefined;
  }

  /** A stream waits because it can't be served now; or has ended, and its reader comes back. */
  noteFailure(what: string, error: Error): void {
    this.failures++;
    const now = performance.now();
    if (now - this.failuresToldAt < FAILURES_TOLD_MS) return;
    const others = this.failures > 1 ? ` (and ${this.failures - 1} others since the last warning)` : '';
    this.logger.warn(`${what}: ${reasonOf(error)}${others}`);
    this.failures = 0;
    this.failuresToldAt = now;
  }

  async onModuleDestroy(): Promise<void> {
    this.draining = true;
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    this.drain();
    clearInterval(this.rounds);
    clearTimeout(this.rest);
    this.waitingRoom.close();
    await sleep(LAST_FRAMES_MS);
  }

  /** When a reader of a process on its way out is to come back, in milliseconds; by chance. */
  drainDelay(): number {
    return Math.round(Math.random() * this.drainSpread);
  }

  /** Ends every stream with a time to come back at that is spread out, so that the next process is not overrun. */
  private drain(): void {
    this.drainSpread = DRAIN_SPREAD_MS + this.sessions.size * DRAIN_SPREAD_PER_STREAM_MS;
    for (const session of [...this.sessions]) session.sayGoodbye('drain', this.drainDelay());
  }

  private goRound(): void {
    const now = performance.now();
    for (const session of [...this.sessions]) session.look(now);
  }

  private displacement(userId: string): Displacement {
    const known = this.displacements.get(userId) ?? new Displacement();
    this.displacements.set(userId, known);
    return known;
  }

  /**
   * After a round the hub rests as long as that took, and then hands out what has gathered: a frame to everybody costs nearly the
   * same with one notification in it or ten, so that with many streams and many changes it would do nothing else.
   */
  private handOut(entries: readonly Entry[]): void {
    const began = performance.now();
    if (this.gathered.length === 0) this.gatheredSince = began;
    this.gathered.push(...entries);
    if (this.rest) return;
    this.gathered$.next(began - this.gatheredSince);
    this.wake(this.gathered.splice(0));
    const took = performance.now() - began;
    if (took <= SHORT_ROUND_MS) return;
    this.rest = setTimeout(() => {
      this.rest = undefined;
      if (this.gathered.length > 0) this.handOut([]);
    }, Math.min(took, MOST_REST_MS));
  }

  private wake(entries: readonly Entry[]): void {
    const woken = new Set<Session>();
    for (const { channels } of entries) {
      for (const channel of channels) for (const session of this.byChannel.get(channel) ?? []) woken.add(session);
    }
    for (const session of woken) session.wake();
  }
}

function setAt(map: Map<string, Set<Session>>, key: string): Set<Session> {
  const found = map.get(key) ?? new Set();
  map.set(key, found);
  return found;
}

function deleteAt(map: Map<string, Set<Session>>, key: string, session: Session): void {
  const found = map.get(key);
  found?.delete(session);
  if (found?.size === 0) map.delete(key);
}
