import type { MessageEvent } from '@nestjs/common';
import type { Subscriber } from 'rxjs';
import type { Counts } from '../inbox/counts.js';
import type { InboxCounts } from '../inbox/counts-keeper.service.js';
import { formatCursor, type Place, type ResetReason } from '../journal/cursor.js';
import type { Entry } from '../journal/entry.js';
import type { JournalRepository } from '../journal/journal.repository.js';
import type { Tail } from '../journal/tail.service.js';
import { type CountsReader, CountsTeller } from './counts-teller.js';
import type { EventName, Frames } from './frame.js';
import { type Lifetime, lifetimeOf } from './lifetime.js';
import { Muting } from './muting.js';
import type { WayOut } from './outlet.js';
import type { StreamLimits } from './stream.limits.js';

/** The cursor of a client that came with none of ours: no epoch has this name, so it is told `reset` again. */
const NO_CURSOR = 'none-0';

const KEEPALIVE = { comment: 'keepalive' } as MessageEvent;

export type GoodbyeReason = 'drain' | 'age' | 'token' | 'displaced';

/** What a page has to renew its cookie in, once its token has ended; at once, it would come back with the old one. */
export const TOKEN_RENEWAL_MS = 1_000;

export interface SessionOptions {
  userId: string;
  channels: ReadonlySet<string>;
  /** When the token ends. */
  expiresAt: Date;
  /** The client's cursor as it came, undefined on a first visit. */
  cursor: string | undefined;
  /** Its frames go out in one answer. Default false. */
  isPoll?: boolean;
  /** Told when the stream has to end because it can't be served. */
  onFailure: (what: string, error: Error) => void;
}

/**
 * One open stream, or one poll. It holds no entries of its own, only a cursor: replay and live are the same act, taking what lies after
 * the cursor, so that there is no seam between them where an entry could be lost or doubled.
 */
export class Session implements CountsReader {
  private readonly counts: CountsTeller;
  private readonly lifetime: Lifetime;
  /** Since when nothing has been sent, by `performance.now()`. */
  private quietSince = performance.now();
  private subscriber: Subscriber<MessageEvent> | undefined;
  private readonly muting = new Muting();
  private position = 0n;
  /** Of the last frame: the cursor goes on beyond it over what the reader is not given. */
  private said = 0n;
  /** Whether it is known where to begin. */
  private isPlaced = false;
  private isReady = false;
  private isTaking = false;
  private takeAgain = false;
  private resets = 0;

  constructor(
    private readonly options: SessionOptions,
    private readonly tail: Tail,
    private readonly journal: JournalRepository,
    private readonly inbox: InboxCounts,
    private readonly frames: Frames,
    private readonly outlet: WayOut,
    private readonly limits: StreamLimits,
  ) {
    const { expiresAt } = options;
    const { maxAgeMs } = limits;
    this.counts = new CountsTeller(this, inbox, limits);
    this.lifetime = lifetimeOf({ expiresAt, maxAgeMs, chance: Math.random(), today: Date.now(), now: this.quietSince });
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
    return this.subscriber !== undefined;
  }

  get isBlocked(): boolean {
    return this.outlet.isBlocked;
  }

  /** Begins: greets, says `reset` where the cursor can't be served, replays, and goes on live. */
  open(subscriber: Subscriber<MessageEvent>): void {
    this.subscriber = subscriber;
    const { cursor } = this.options;
    if (cursor === undefined) {
      this.greet({ position: this.tail.reach.head }, false);
      return;
    }
    const place = this.tail.placeNow(cursor);
    if ('position' in place) this.greet(place, true);
    else void this.ask(cursor);
  }

  /** The cursor may be another process's, which was quicker than this one: the journal itself is asked. */
  private async ask(cursor: string): Promise<void> {
    try {
      const place = await this.tail.place(cursor);
      if (this.subscriber) this.greet(place, 'position' in place);
    } catch (error) {
      this.fail("its cursor can't be placed", error);
    }
  }

  private greet(place: Place, resumed: boolean): void {
    const { retryMs, heartbeatMs } = this.limits;
    const hello = { user: this.options.userId, resumed, retryMs, heartbeatMs };
    if ('reset' in place) {
      // Cut off between the two frames, the client must be told `reset` again: it comes back with what it came with.
      this.emit('hello', hello, { id: place.reset === 'unknown' ? NO_CURSOR : this.id, retry: retryMs });
      this.begin(this.tail.reach.head);
      this.emit('reset', { reason: place.reset });
    } else {
      this.begin(place.position);
      this.emit('hello', hello, { retry: retryMs });
    }
    this.wake();
  }

  private begin(position: bigint): void {
    this.position = position;
    this.isPlaced = true;
  }

  /** There may be something after the cursor. */
  wake(): void {
    if (this.endWhenDue(performance.now())) return;
    this.takeAgain = true;
    if (this.isTaking || !this.isPlaced || !this.subscriber) return;
    // Nearly always: the reader keeps up, and the few new entries are in memory.
    if (this.isReady && this.muting.isKnown && !this.outlet.isBlocked && this.takeRecent()) {
      this.takeAgain = false;
      return;
    }
    this.isTaking = true;
    void this.takeAll();
  }

  /** Another journal has taken the place of the one that the cursor spoke of. */
  reset(reason: ResetReason): void {
    if (!this.isPlaced) return;
    this.resets++;
    this.position = this.tail.reach.head;
    this.emit('reset', { reason });
    // What told of other preferences may be among what is skipped.
    this.muting.forget();
    this.counts.tellSoon();
    this.wake();
  }

  sendMetrics(metrics: object): void {
    if (this.isReady && !this.outlet.isBlocked) this.emit('metrics', metrics);
  }

  /** Ends the stream cleanly, and says when to come back. */
  sayGoodbye(reason: GoodbyeReason, reconnectInMs: number): void {
    if (!this.subscriber) return;
    // `retry` too: a browser's own EventSource heeds it without reading the event.
    this.emit('goodbye', { reason, reconnectInMs }, { retry: reconnectInMs });
    this.end();
  }

  /** Lets go of everything; the reader is gone, or is to come back with its cursor. */
  close(): void {
    this.counts.close();
    this.subscriber = undefined;
  }

  /** Ends it where it stands. The reader comes back with its cursor, and nothing is skipped. */
  fail(why: string, error: unknown): void {
    if (!this.subscriber) return;
    this.options.onFailure(`a stream of ${this.userId} ends, as ${why}`, error as Error);
    this.end();
  }

  private end(): void {
    const subscriber = this.subscriber;
    this.close();
    this.outlet.finish();
    subscriber?.complete();
  }

  /** What is recent goes out at once. @returns false when it takes more than that */
  private takeRecent(): boolean {
    const entries = this.tail.recent.after(this.position, this.channels, this.limits.page);
    if (!entries) return false;
    this.give(entries);
    return entries.length < this.limits.page;
  }

  private async takeAll(): Promise<void> {
    try {
      while (this.subscriber && (this.takeAgain || !this.isReady)) {
        this.takeAgain = false;
        for (let entries = await this.next(); entries.length > 0; entries = await this.next()) {
          this.give(entries);
        }
        if (!this.isReady) await this.becomeReady();
      }
    } catch (error) {
      this.fail("it can't be served", error);
    } finally {
      // At once, not a turn later: who is woken in between would wait for the next.
      this.isTaking = false;
    }
  }

  /** The next page after the cursor, when the reader is ready for it: from memory, or from the table below that. */
  private async next(): Promise<readonly Entry[]> {
    await this.outlet.drained();
    if (this.subscriber && !this.muting.isKnown) await this.tellPreferences();
    if (!this.subscriber) return [];
    const { recent } = this.tail;
    const held = recent.after(this.position, this.channels, this.limits.page);
    if (held) return held;
    const upTo = recent.floor;
    const { resets } = this;
    const { floor, entries } = await this.journal.between(this.position, upTo, [...this.channels], this.limits.page);
    // Read from the journal that was replaced meanwhile.
    if (resets !== this.resets) return this.next();
    // A purge has overtaken the reader: what is missing can't be known.
    if (this.position < floor) {
      this.reset('purged');
      return this.next();
    }
    if (entries.length > 0) return entries;
    this.position = upTo;
    return this.next();
  }

  private give(entries: readonly Entry[]): void {
    const given = this.muting.sift(entries);
    const frames = this.frames.of(given, this.tail.epoch, given === entries ? 'whole' : 'sifted');
    for (const { position, message } of frames) {
      this.position = this.said = position;
      if (this.subscriber) this.outlet.sendShared(this.subscriber, message);
    }
    if (frames.length > 0) this.quietSince = performance.now();
    this.position = entries.at(-1)?.position ?? this.position;
    if (frames.length > 0) this.counts.tellSoon();
    else if (given.length > 0) this.counts.tellWhereChanged();
  }

  /** Before anything that they leave out. */
  private async tellPreferences(): Promise<void> {
    const { resets } = this;
    const { preferences, position } = await this.inbox.current();
    if (resets !== this.resets) return this.tellPreferences();
    this.muting.begin(preferences, position);
    this.emit('preferences', preferences);
  }

  private async becomeReady(): Promise<void> {
    const counts = await this.counts.first();
    if (!counts) return;
    this.emit('ready', { unread: counts.unread, unseen: counts.unseen });
    this.isReady = true;
  }

  tellCounts({ unread, unseen }: Counts): void {
    this.emit('counts', { unread, unseen });
  }

  async drained(): Promise<void> {
    await this.outlet.drained();
  }

  /** From time to time: ends it when it is due, and breaks a silence. One timer for all streams, as one for each takes memory. */
  look(now: number): void {
    if (!this.subscriber || this.endWhenDue(now)) return;
    if (now - this.quietSince >= this.limits.heartbeatMs) this.beat();
  }

  /** After a time without traffic: a comment, or a frame where the cursor has fallen behind what other admins were sent. */
  private beat(): void {
    this.quietSince = performance.now();
    if (this.outlet.isBlocked) {
      this.outlet.watch();
      return;
    }
    if (!this.catchUp() && this.subscriber) this.outlet.send(this.subscriber, KEEPALIVE);
  }

  /** Brings up a cursor that has fallen behind what other admins were sent. @returns whether it has told so */
  catchUp(): boolean {
    const { head, floor } = this.tail.reach;
    const isBehind = head - this.said > this.limits.idleLag || this.said < floor;
    if (!isBehind || !this.isReady || this.isTaking || this.takeAgain || !this.counts.last) return false;
    const { recent } = this.tail;
    // The hub may be at rest, and hold what lies in between and is this reader's.
    const known = recent.after(this.position > recent.floor ? this.position : recent.floor, this.channels, 1);
    if (known?.length !== 0) {
      this.wake();
      return false;
    }
    this.position = head;
    this.tellCounts(this.counts.last);
    return true;
  }

  /** @returns whether its time is over: nothing is told after the token's end */
  private endWhenDue(now: number): boolean {
    const { endsAt, reason } = this.lifetime;
    if (now < endsAt) return false;
    this.sayGoodbye(reason, reason === 'token' ? TOKEN_RENEWAL_MS : Math.round(Math.random() * 1_000));
    return true;
  }

  /** The cursor: the client's own until it is known where to begin. */
  private get id(): string {
    if (!this.isPlaced && this.options.cursor !== undefined) return this.options.cursor;
    return formatCursor({ epoch: this.tail.epoch, position: this.position });
  }

  /** No frame without the cursor: one without an id would be given an id of Nest's own, and the client would resume from it. */
  private emit(type: EventName, data: object | string, more: { id?: string; retry?: number } = {}): void {
    const id = more.id ?? this.id;
    this.said = this.position;
    this.quietSince = performance.now();
    if (this.subscriber) this.outlet.send(this.subscriber, { type, id, data, ...(more.retry !== undefined && { retry: more.retry }) });
  }
}
