import { areSame, type Counts } from '../inbox/counts.js';
import type { InboxCounts } from '../inbox/counts-keeper.service.js';
import type { StreamLimits } from './stream.limits.js';

/** The stream that counts are told to. */
export interface CountsReader {
  readonly isOpen: boolean;
  readonly isBlocked: boolean;
  /** Resolves when the reader took what lay before it, or is gone. */
  drained(): Promise<void>;
  tellCounts(counts: Counts): void;
  /** Waits until what failed may be asked again. @returns false where that is in vain: the stream has ended */
  outlast(why: string, error: unknown): Promise<boolean>;
  /** What has been asked was answered: others who wait may ask too. */
  hasAnswer(): void;
}

/** Counts that are due wait so long for the next frame to go with, in milliseconds. */
const NEXT_FRAME_MS = 50;

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

  /** What the reader knows already, once more: the frame is for its cursor's sake. */
  tellLast(): void {
    if (this.told) this.reader.tellCounts(this.told);
  }

  /** At most so often; with what has just been sent, where that can be: in one packet they cost a reader nothing of their own. */
  tellSoon(): void {
    if (!this.told || !this.reader.isOpen) return;
    const wait = this.toldAt + this.limits.countsEveryMs - performance.now();
    if (wait <= 0 && this.tellNow()) return;
    this.soon ??= setTimeout(() => void this.tell(), Math.max(0, wait + (wait > 0 ? NEXT_FRAME_MS : 0)));
  }

  /** @returns false where SQL has to be asked, or the reader does not keep up */
  private tellNow(): boolean {
    const counts = this.reader.isBlocked ? undefined : this.counts.known();
    if (!counts) return false;
    clearTimeout(this.soon);
    this.soon = undefined;
    this.note(counts);
    this.reader.tellCounts(counts);
    return true;
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
    try {
      await this.reader.drained();
      const counts = await this.counts.current();
      this.soon = undefined;
      if (!this.reader.isOpen) return;
      this.note(counts);
      this.reader.tellCounts(counts);
      this.reader.hasAnswer();
    } catch (error) {
      if (await this.reader.outlast("its counts can't be told", error)) await this.tell();
    }
  }

  private note(counts: Counts): void {
    this.told = counts;
    this.toldAt = performance.now();
  }
}
