import type { InboxCounts } from '../inbox/counts-keeper.service.js';
import type { ResetReason } from '../journal/cursor.js';
import type { Entry } from '../journal/entry.js';
import type { JournalRepository } from '../journal/journal.repository.js';
import type { Tail } from '../journal/tail.service.js';
import type { CountsTeller } from './counts-teller.js';
import type { Frames } from './frame.js';
import { Muting } from './muting.js';
import type { WayOut } from './outlet.js';
import type { StreamLimits } from './stream.limits.js';
import type { Telling } from './telling.js';
import type { WaitingRoom } from './waiting-room.js';

/** What all sessions of a process are served from. */
export interface Supply {
  tail: Tail;
  journal: JournalRepository;
  frames: Frames;
  limits: StreamLimits;
  waitingRoom: WaitingRoom;
}

/** The stream that entries are taken for. */
export interface TakenFor {
  readonly channels: ReadonlySet<string>;
  reset(reason: ResetReason): void;
  /** Waits until what failed may be asked again. @returns false where that is in vain: the stream has ended */
  outlast(why: string, error: unknown): Promise<boolean>;
  /** What has been asked was answered: others who wait may ask too. */
  hasAnswer(): void;
}

/**
 * Takes what lies after the cursor and gives it, a page at a time and when the reader is ready for it: from memory, or from the table
 * below that. Replay and live are the same act, so that there is no seam between them where an entry could be lost or doubled.
 */
export class Taking {
  /** Whether all that was missed has been given: what comes from here on is live. */
  isReady = false;
  private readonly muting = new Muting();
  private isTaking = false;
  private takeAgain = false;
  private resets = 0;

  constructor(
    private readonly session: TakenFor,
    private readonly telling: Telling,
    private readonly counts: CountsTeller,
    private readonly inbox: InboxCounts,
    private readonly outlet: WayOut,
    private readonly supply: Supply,
  ) {}

  /** There may be something after the cursor. */
  wake(): void {
    this.takeAgain = true;
    if (this.isTaking || !this.telling.isPlaced || !this.telling.isOpen) return;
    // Nearly always: the reader keeps up, and the few new entries are in memory.
    if (this.isReady && this.muting.isKnown && !this.outlet.isBlocked && this.takeRecent()) {
      this.takeAgain = false;
      return;
    }
    this.isTaking = true;
    void this.takeAll();
  }

  /** From the journal's end on: what is read of the one before is given no more. */
  startAnew(): void {
    this.resets++;
    this.telling.position = this.supply.tail.reach.head;
    // What told of other preferences may be among what is skipped.
    this.muting.forget();
  }

  /** Brings up a cursor that has fallen behind what other admins were sent. @returns whether it has told so */
  catchUp(): boolean {
    const { telling } = this;
    const { tail, limits } = this.supply;
    const { head, floor } = tail.reach;
    const isBehind = head - telling.said > limits.idleLag || telling.said < floor;
    if (!isBehind || !this.isReady || this.isTaking || this.takeAgain || !this.counts.last) return false;
    const { recent } = tail;
    // The hub may be at rest, and hold what lies in between and is this reader's.
    const known = recent.after(telling.position > recent.floor ? telling.position : recent.floor, this.session.channels, 1);
    if (known?.length !== 0) {
      this.wake();
      return false;
    }
    telling.position = head;
    this.counts.tellLast();
    return true;
  }

  /** What is recent goes out at once. @returns false when it takes more than that */
  private takeRecent(): boolean {
    const { tail, limits } = this.supply;
    const entries = tail.recent.after(this.telling.position, this.session.channels, limits.page);
    if (!entries) return false;
    this.give(entries);
    return entries.length < limits.page;
  }

  private async takeAll(): Promise<void> {
    try {
      while (this.telling.isOpen && (this.takeAgain || !this.isReady)) {
        this.takeAgain = false;
        await this.takeOn();
      }
    } finally {
      // At once, not a turn later: who is woken in between would wait for the next.
      this.isTaking = false;
    }
  }

  /** To the journal's end; or as far as the database answers, and then once more. */
  private async takeOn(): Promise<void> {
    try {
      for (let entries = await this.next(); entries.length > 0; entries = await this.next()) {
        this.give(entries);
      }
      if (!this.isReady) await this.becomeReady();
      this.session.hasAnswer();
    } catch (error) {
      this.takeAgain = await this.session.outlast("it can't be served", error);
    }
  }

  /** The next page after the cursor, when the reader is ready for it: from memory, or from the table below that. */
  private async next(): Promise<readonly Entry[]> {
    const { telling, session } = this;
    await this.outlet.drained();
    if (telling.isOpen && !this.muting.isKnown) await this.tellPreferences();
    if (!telling.isOpen) return [];
    const { tail, journal, limits } = this.supply;
    const { recent } = tail;
    const held = recent.after(telling.position, session.channels, limits.page);
    if (held) return held;
    const upTo = recent.floor;
    const { resets } = this;
    const { floor, entries } = await journal.between(telling.position, upTo, [...session.channels], limits.page);
    // Read from the journal that was replaced meanwhile.
    if (resets !== this.resets) return this.next();
    // A purge has overtaken the reader: what is missing can't be known.
    if (telling.position < floor) {
      session.reset('purged');
      return this.next();
    }
    if (entries.length > 0) return entries;
    telling.position = upTo;
    return this.next();
  }

  private give(entries: readonly Entry[]): void {
    const given = this.muting.sift(entries);
    const frames = this.supply.frames.of(given, this.supply.tail.epoch, given === entries ? 'whole' : 'sifted');
    this.telling.give(frames);
    this.telling.position = entries.at(-1)?.position ?? this.telling.position;
    if (frames.length > 0) this.counts.tellSoon();
    else if (given.length > 0) this.counts.tellWhereChanged();
  }

  /** Before anything that they leave out. */
  private async tellPreferences(): Promise<void> {
    const { resets } = this;
    const { preferences, position } = await this.inbox.current();
    if (resets !== this.resets) return this.tellPreferences();
    this.muting.begin(preferences, position);
    this.telling.emit('preferences', preferences);
  }

  private async becomeReady(): Promise<void> {
    const counts = await this.counts.first();
    if (!counts) return;
    this.telling.emit('ready', { unread: counts.unread, unseen: counts.unseen });
    this.isReady = true;
  }
}
