import type { MessageEvent } from '@nestjs/common';
import type { Subscriber } from 'rxjs';
import type { Counts } from '../inbox/counts.js';
import type { InboxCounts } from '../inbox/counts-keeper.service.js';
import type { Place, ResetReason } from '../journal/cursor.js';
import { type CountsReader, CountsTeller } from './counts-teller.js';
import { type GoodbyeReason, TOKEN_RENEWAL_MS } from './goodbye.js';
import { type Lifetime, lifetimeOf } from './lifetime.js';
import type { WayOut } from './outlet.js';
import { type Supply, type TakenFor, Taking } from './taking.js';
import { Telling } from './telling.js';
import { isNotNow } from './waiting-room.js';

/** The cursor of a client that came with none of ours: no epoch has this name, so it is told `reset` again. */
const NO_CURSOR = 'none-0';

export interface SessionOptions {
  userId: string;
  channels: ReadonlySet<string>;
  /** When the token ends. */
  expiresAt: Date;
  /** The client's cursor as it came, undefined on a first visit. */
  cursor: string | undefined;
  /** Its frames go out in one answer. Default false. */
  isPoll?: boolean;
  /** Told when the stream has to wait or to end because it can't be served. */
  onFailure: (what: string, error: Error) => void;
}

/** One open stream, or one poll, from its greeting to its end. It holds no entries of its own, only a cursor. */
export class Session implements CountsReader, TakenFor {
  private readonly telling: Telling;
  private readonly counts: CountsTeller;
  private readonly taking: Taking;
  private readonly lifetime: Lifetime;
  /** For the database, which has yet to answer again. */
  private isWaiting = false;

  constructor(
    private readonly options: SessionOptions,
    private readonly supply: Supply,
    inbox: InboxCounts,
    private readonly outlet: WayOut,
  ) {
    const { expiresAt, cursor } = options;
    const { tail, limits } = supply;
    this.telling = new Telling(cursor, tail, outlet);
    this.counts = new CountsTeller(this, inbox, limits);
    this.taking = new Taking(this, this.telling, this.counts, inbox, outlet, supply);
    this.lifetime = lifetimeOf({ expiresAt, maxAgeMs: limits.maxAgeMs, chance: Math.random(), today: Date.now(), now: this.telling.quietSince });
  }

  get userId(): string {
    return this.options.userId;
  }

  get channels(): ReadonlySet<string> {
    return this.options.channels;
  }

  get isPoll(): boolean {
    return this.options.isPoll ?? false;
  }

  get isOpen(): boolean {
    return this.telling.isOpen;
  }

  get isBlocked(): boolean {
    return this.outlet.isBlocked;
  }

  async drained(): Promise<void> {
    await this.outlet.drained();
  }

  /** Begins: greets, says `reset` where the cursor can't be served, replays, and goes on live. */
  open(subscriber: Subscriber<MessageEvent>): void {
    this.telling.open(subscriber);
    const { cursor } = this.options;
    const { tail } = this.supply;
    if (cursor === undefined) {
      this.greet({ position: tail.reach.head }, false);
      return;
    }
    const place = tail.placeNow(cursor);
    if ('position' in place) this.greet(place, true);
    else void this.ask(cursor);
  }

  /** The cursor may be another process's, which was quicker than this one: the journal itself is asked. */
  private async ask(cursor: string): Promise<void> {
    try {
      const place = await this.supply.tail.place(cursor);
      this.hasAnswer();
      if (this.isOpen) this.greet(place, 'position' in place);
      return;
    } catch (error) {
      if (!(await this.outlast("its cursor can't be placed", error))) return;
    }
    await this.ask(cursor);
  }

  private greet(place: Place, resumed: boolean): void {
    const { telling } = this;
    const { retryMs, heartbeatMs } = this.supply.limits;
    const hello = { user: this.options.userId, resumed, retryMs, heartbeatMs };
    if ('reset' in place) {
      // Cut off between the two frames, the client must be told `reset` again: it comes back with what it came with.
      telling.emit('hello', hello, { id: place.reset === 'unknown' ? NO_CURSOR : telling.id, retry: retryMs });
      telling.begin(this.supply.tail.reach.head);
      telling.emit('reset', { reason: place.reset });
    } else {
      telling.begin(place.position);
      telling.emit('hello', hello, { retry: retryMs });
    }
    this.wake();
  }

  /** There may be something after the cursor. */
  wake(): void {
    if (!this.endWhenDue(performance.now())) this.taking.wake();
  }

  /** Another journal has taken the place of the one that the cursor spoke of. */
  reset(reason: ResetReason): void {
    if (!this.telling.isPlaced) return;
    this.taking.startAnew();
    this.telling.emit('reset', { reason });
    this.counts.tellSoon();
    this.wake();
  }

  tellCounts({ unread, unseen }: Counts): void {
    this.telling.emit('counts', { unread, unseen });
  }

  sendMetrics(metrics: object): void {
    if (this.taking.isReady && !this.outlet.isBlocked) this.telling.emit('metrics', metrics);
  }

  /** Ends the stream cleanly, and says when to come back. */
  sayGoodbye(reason: GoodbyeReason, reconnectInMs: number): void {
    if (!this.isOpen) return;
    // `retry` too: a browser's own EventSource heeds it without reading the event.
    this.telling.emit('goodbye', { reason, reconnectInMs }, { retry: reconnectInMs });
    this.end();
  }

  /** Lets go of everything; the reader is gone, or is to come back with its cursor. */
  close(): void {
    this.counts.close();
    this.telling.close();
  }

  async outlast(why: string, error: unknown): Promise<boolean> {
    if (!this.isOpen) return false;
    // A poll has no signs of life to give: whoever asked is told, and asks again.
    if (this.isPoll || !isNotNow(error)) {
      this.fail(why, error);
      return false;
    }
    this.options.onFailure(`a stream of ${this.userId} waits, as ${why}`, error as Error);
    this.isWaiting = true;
    await this.supply.waitingRoom.turn(() => this.isOpen);
    return this.isOpen;
  }

  hasAnswer(): void {
    if (!this.isWaiting) return;
    this.isWaiting = false;
    this.supply.waitingRoom.answered();
  }

  /** Ends it where it stands. The reader comes back with its cursor, and nothing is skipped. */
  private fail(why: string, error: unknown): void {
    if (!this.isOpen) return;
    this.options.onFailure(`a stream of ${this.userId} ends, as ${why}`, error as Error);
    this.end();
  }

  private end(): void {
    this.counts.close();
    this.telling.end();
  }

  /** From time to time: ends it when it is due, and breaks a silence. One timer for all streams, as one for each takes memory. */
  look(now: number): void {
    if (!this.isOpen || this.endWhenDue(now)) return;
    if (now - this.telling.quietSince >= this.supply.limits.heartbeatMs) this.beat();
  }

  /** After a time without traffic: a comment, or a frame where the cursor has fallen behind what other admins were sent. */
  private beat(): void {
    this.telling.quietSince = performance.now();
    if (this.outlet.isBlocked) this.outlet.watch();
    else if (!this.catchUp()) this.telling.keepAlive();
  }

  /** Brings up a cursor that has fallen behind what other admins were sent. @returns whether it has told so */
  catchUp(): boolean {
    return this.taking.catchUp();
  }

  /** @returns whether its time is over: nothing is told after the token's end */
  private endWhenDue(now: number): boolean {
    const { endsAt, reason } = this.lifetime;
    if (now < endsAt) return false;
    this.sayGoodbye(reason, reason === 'token' ? TOKEN_RENEWAL_MS : Math.round(Math.random() * 1_000));
    return true;
  }
}
