import type { BelfryClient } from '../core/client.js';
import type { Feed, FeedSnapshot } from '../core/feed.js';
import type { Count } from '../core/wire.js';
import type { Tab } from '../words/en.js';
import type { Filter } from './filters.js';

/** The counts that stand in the tabs are asked for at most so often. Unit: ms. */
const countEveryMs = 1000;

/** Which of the inbox's lists is looked at: the client's own, which follows the stream, or one that is asked for. */
export class View {
  tab: Tab = 'all';
  private filter: Filter = {};
  private feed: Feed | undefined;
  private unsubscribe: (() => void) | undefined;
  private counted: Partial<Record<Tab, Count>> = {};
  private counting: ReturnType<typeof setTimeout> | undefined;
  private countedAt = -Infinity;
  /** An answer is under way, and whether more has changed since it was asked for. */
  private isAsking = false;
  private isCountDue = false;

  constructor(
    private readonly client: () => BelfryClient | undefined,
    private readonly onChange: () => void,
  ) {}

  get isFiltered(): boolean {
    return Object.keys(this.filter).length > 0;
  }

  /** What is to be seen. */
  get snapshot(): FeedSnapshot | undefined {
    return this.feed?.snapshot ?? this.client()?.snapshot;
  }

  get counts(): Partial<Record<Tab, Count>> {
    const unread = this.client()?.snapshot.counts?.unread;
    return { ...this.counted, ...(unread && { unread }) };
  }

  choose(tab: Tab): void {
    this.tab = tab;
    this.ask();
  }

  narrow(filter: Filter): void {
    if (JSON.stringify(filter) === JSON.stringify(this.filter)) return;
    this.filter = filter;
    this.ask();
  }

  loadOlder(): void {
    void (this.feed ?? this.client())?.loadOlder();
  }

  retry(): void {
    this.client()?.retry();
    this.feed?.retry();
  }

  /** Something has changed while it is looked at: the counts may have. The first such is asked after at once. */
  count(): void {
    this.counting ??= setTimeout(() => {
      this.counting = undefined;
      void this.askCounts();
    }, Math.min(countEveryMs, Math.max(0, this.countedAt + countEveryMs - Date.now())));
  }

  /** Counts at once, as the tabs are about to be seen. */
  async askCounts(): Promise<void> {
    // Who is signed out or cut off is not asked for.
    if (this.client()?.snapshot.status !== 'live') return;
    // One after the other: an answer that is late would take the place of a newer one.
    this.isCountDue = this.isAsking;
    if (this.isAsking) return;
    this.isAsking = true;
    this.countedAt = Date.now();
    try {
      const { mine, archived } = (await this.client()?.rest.counts()) ?? {};
      this.counted = { ...(mine && { mine }), ...(archived && { archived }) };
      this.onChange();
    } catch {
      // The last ones stand, as the rest of what was known does.
    }
    this.isAsking = false;
    if (this.isCountDue) this.count();
  }

  /** The client is another, or gone. */
  leave(): void {
    clearTimeout(this.counting);
    this.counting = undefined;
    this.unsubscribe?.();
    this.feed?.close();
    this.feed = undefined;
  }

  private ask(): void {
    this.leave();
    const isPlain = this.tab === 'all' && !this.isFiltered;
    this.feed = isPlain ? undefined : this.client()?.feed({ tab: this.tab, ...this.filter });
    this.unsubscribe = this.feed?.subscribe(this.onChange);
    this.onChange();
  }
}
