import { areSame, type Counts } from '../inbox/counts.js';
import type { InboxCounts } from '../inbox/counts-keeper.service.js';
import type { StreamLimits } from './stream.limits.js';

/** The stream that counts are told to. */
export interface CountsReader {
  readonly isOpen: boolean;
  /** Resolves when the reader took what lay before it, or is gone. */
  drained(): Promise<void>;
  tellCounts(counts: Counts): void;
  fail(why: string, error: unknown): void;
}

/** When a stream is told its counts again: absolute, so that what changes meanwhile is in the next. */
export class CountsTeller {
  private soon: NodeJS.Timeout | undefined;
  private recount: NodeJS.Timeout | undefined;
  private told: Counts | undefined;
  private toldAt = -Infinity;

  constructor(
    private readonly reader: CountsReader,
    private readonly counts: InboxCounts,
    private readonly limits: StreamLimits,
  ) {}

  /** What the reader knows; undefined while it has been told none. */
  get last(): Counts | undefined {
    return this.told;
  }

  /** Counts for the stream's `ready`, after which it is told what changes. Undefined when it was closed meanwhile. */
  async first(): Promise<Counts | undefined> {
    const counts = await this.counts.current();
    if (!this.reader.isOpen) return undefined;
    this.note(counts);
    return counts;
  }

  /** At most so often. */
  tellSoon(): void {
    if (!this.told || !this.reader.isOpen || this.soon) return;
    const wait = Math.max(0, this.toldAt + this.limits.countsEveryMs - performance.now());
    this.soon = setTimeout(() => {
      void this.tell().catch((error: unknown) => this.reader.fail("its counts can't be told", error));
    }, wait);
  }

  /** After a purge, which is told to all and concerns few. At a time of chance: those few may all have to be counted anew. */
  tellWhereChanged(): void {
    if (!this.told || this.recount) return;
    this.recount = setTimeout(() => {
      this.recount = undefined;
      const isChanged = this.counts.current().then((counts) => !this.told || !areSame(counts, this.told), () => true);
      void isChanged.then((changed) => (changed ? this.tellSoon() : undefined));
    }, Math.random() * this.limits.recountSpreadMs);
  }

  close(): void {
    clearTimeout(this.soon);
    clearTimeout(this.recount);
  }

  private async tell(): Promise<void> {
    await this.reader.drained();
    const counts = await this.counts.current();
    this.soon = undefined;
    if (!this.reader.isOpen) return;
    this.note(counts);
    this.reader.tellCounts(counts);
  }

  private note(counts: Counts): void {
    this.told = counts;
    this.toldAt = performance.now();
  }
}
