import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Subject, type Observable, type Subscription } from 'rxjs';
import { JOURNAL_CHANNEL, Listener } from '../database/listener.js';
import { Lineage } from '../relay/lineage.js';
import { type Epoch, formatCursor, isOfThisJournal, type Place, placeCursor, type Reach, type ResetReason } from './cursor.js';
import type { Entry } from './entry.js';
import { JournalRepository } from './journal.repository.js';
import { RecentEntries } from './recent.js';

/** Entries held in memory: a reconnect within them costs no query. */
const RECENT_ENTRIES = 10_000;
/** Their size in characters: 32 million, at most about 64 MB. */
const RECENT_CHARACTERS = 32_000_000;
/** Most positions that one replay goes back over; further back it is cheaper to list anew. */
export const LONGEST_REPLAY = 100_000n;
/** Entries read at a time. */
const PAGE = 1_000;
/** Reasons that another process's reader may be given only because this one has not heard yet. */
const MAY_BE_NEWER: ReadonlySet<ResetReason> = new Set(['ahead', 'foreign']);
/** How late an entry can be when its notification was lost, in milliseconds. */
const SLOW_POLL_MS = 1_000;

/**
 * Follows the journal: what every process has, the relay's own included. Woken by the relay's notification, and by a slow
 * poll, as a notification is only a hint.
 */
@Injectable()
export class Tail implements OnModuleDestroy {
  private readonly logger = new Logger(Tail.name);
  private readonly advanced = new Subject<readonly Entry[]>();
  private readonly replaced = new Subject<ResetReason>();
  private readonly subscriptions: Subscription[] = [];
  private entries = new RecentEntries(RECENT_ENTRIES, RECENT_CHARACTERS);
  /** Oldest first. */
  private epochs: readonly Epoch[] = [];
  private floor = 0n;
  /** False until the journal was found to be the one we know: at the start, and whenever a connection was lost. */
  private known = false;
  private reading: Promise<void> | undefined;
  private again = false;
  /** Why the journal could not be read the last time it was tried. */
  private failure: unknown;
  private poll: NodeJS.Timeout | undefined;

  /** What was appended, as it is read: oldest first, never empty. */
  readonly advanced$: Observable<readonly Entry[]> = this.advanced.asObservable();
  /** The journal is another one now, or went back, or was purged beyond what was read of it: every cursor is void. */
  readonly replaced$: Observable<ResetReason> = this.replaced.asObservable();

  constructor(
    private readonly repository: JournalRepository,
    private readonly listener: Listener,
    private readonly lineage: Lineage,
  ) {}

  /** Reads the recent end, then follows. @throws when the journal can't be read */
  async start(): Promise<void> {
    await this.load();
    this.subscriptions.push(
      this.listener.on(JOURNAL_CHANNEL).subscribe(() => this.look()),
      this.listener.hearing$.subscribe(() => {
        this.known = false;
        this.look();
      }),
    );
    this.poll = setInterval(() => this.look(), SLOW_POLL_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.poll);
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    await this.reading;
    this.advanced.complete();
    this.replaced.complete();
  }

  get recent(): RecentEntries {
    return this.entries;
  }

  /** The name of the journal's life now: the first part of an event id. */
  get epoch(): string {
    return this.epochs.at(-1)?.name ?? '';
  }

  /** The event id of the journal's end. */
  get headCursor(): string {
    return formatCursor({ epoch: this.epoch, position: this.entries.head });
  }

  get reach(): Reach {
    return { epochs: this.epochs, floor: this.floor, head: this.entries.head, longestReplay: LONGEST_REPLAY };
  }

  /** Why the tail is not following, undefined while it is. */
  get trouble(): string | undefined {
    return this.failure === undefined ? undefined : 'the journal can not be read';
  }

  /**
   * Where a reader begins who comes with this cursor. One that lies beyond what this process has heard of may come from
   * another that was quicker: so the journal is asked before it is said that the cursor can't be served.
   *
   * @throws when the journal can't be asked
   */
  async place(cursor: string): Promise<Place> {
    const place = this.placeNow(cursor);
    if (!('reset' in place) || !MAY_BE_NEWER.has(place.reset)) return place;
    this.known = false;
    this.look();
    await this.reading;
    if (this.trouble !== undefined) throw new Error(this.trouble, { cause: this.failure });
    return this.placeNow(cursor);
  }

  /** The same by what is known at this moment. */
  placeNow(cursor: string): Place {
    return placeCursor(cursor, this.reach);
  }

  /** Reads on until the end; a call meanwhile makes it look once more. */
  private look(): void {
    this.again = true;
    this.reading ??= this.readOn().finally(() => {
      this.reading = undefined;
      if (this.again) this.look();
    });
  }

  private async readOn(): Promise<void> {
    try {
      while (this.again) {
        this.again = false;
        if (!this.known) await this.recognise();
        const { floor, anchor, entries } = await this.repository.after(this.entries.head, PAGE);
        this.floor = floor;
        if (floor > this.entries.head) {
          this.logger.warn(`the journal was purged up to ${floor}, and was read up to ${this.entries.head}: every stream starts anew`);
          await this.load();
          this.replaced.next('purged');
          this.again = true;
          continue;
        }
        if (!this.standsOn(anchor)) {
          await this.recognise();
          this.again = true;
          continue;
        }
        if (entries.length === 0) continue;
        this.append(entries);
        this.advanced.next(entries);
        if (entries.length === PAGE) this.again = true;
      }
      if (this.failure !== undefined) this.logger.log('following the journal again');
      this.failure = undefined;
    } catch (error) {
      this.again = false;
      this.known = false;
      if (this.failure === undefined) this.logger.warn(`can't read the journal, trying again every ${SLOW_POLL_MS} ms: ${(error as Error).message}`);
      this.failure = error;
    }
  }

  /**
   * Whether the last entry that was read is still the one at its position. Else what follows is of another life, however
   * well its positions go on from ours.
   */
  private standsOn(anchor: number | undefined): boolean {
    const { last } = this.entries;
    if (!last || last.occurredAt === anchor) return true;
    return anchor === undefined && last.position <= this.floor;
  }

  /** Finds out whether the journal is still the one that was read before. */
  private async recognise(): Promise<void> {
    const { epochs, floor, head } = await this.repository.extent();
    const { last, head: own } = this.entries;
    const isOurs = isOfThisJournal({ epoch: this.epoch, position: own }, epochs);
    const anchor = last && last.position > floor ? await this.repository.occurredAt(last.position) : last?.occurredAt;
    const wentBack = isOurs && (head < own || anchor !== last?.occurredAt);
    if (wentBack) {
      this.logger.warn(`the journal went back behind position ${own}: restored? Every reader is told to start anew.`);
      await this.repository.disown(this.epoch);
    }
    if (wentBack || !isOurs) {
      await this.load();
      this.replaced.next('foreign');
      return;
    }
    this.epochs = epochs;
    this.floor = floor;
    this.known = true;
  }

  private async load(): Promise<void> {
    const { epochs, floor, head } = await this.repository.extent();
    const start = head - BigInt(RECENT_ENTRIES);
    let entries = new RecentEntries(RECENT_ENTRIES, RECENT_CHARACTERS, start > floor ? start : floor);
    this.floor = floor;
    while (entries.head < head) {
      const page = await this.repository.after(entries.head, PAGE);
      this.floor = page.floor;
      // Purged meanwhile: what was read lies before a hole.
      if (page.floor > entries.head) entries = new RecentEntries(RECENT_ENTRIES, RECENT_CHARACTERS, page.floor);
      else if (page.entries.length === 0) break;
      else entries.append(page.entries);
    }
    this.epochs = epochs;
    this.entries = entries;
    if (entries.last) this.lineage.witness(entries.last);
    this.known = true;
  }

  private append(entries: readonly Entry[]): void {
    this.entries.append(entries);
    const last = entries.at(-1);
    if (last) this.lineage.witness(last);
  }
}
