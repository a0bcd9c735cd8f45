import { asked, isOfList, mayName, type FeedQuery } from './feed-query.js';
import { applyReceipt, hold, isUnread } from './items.js';
import type { Mark } from './marks.js';
import { BelfryError, type Rest } from './rest.js';
import { compareIds, placeOf, type Notification, type Page } from './wire.js';

export interface FeedSnapshot {
  /** Newest first. */
  items: readonly Notification[];
  loaded: boolean;
  hasOlder: boolean;
  loading: 'newest' | 'older' | undefined;
  /** Why the last page did not come, and which that was; both undefined once one does. */
  error: Error | undefined;
  failed: 'newest' | 'older' | undefined;
  /** Of when the list is, where asking for it anew has failed since; undefined while it has not. Unit: ms since 1970. */
  asOf: number | undefined;
}

/** What a feed needs of its client. */
export interface FeedContext {
  rest: Pick<Rest, 'list'>;
  pageSize: number;
  /** What the admin did and the server has not confirmed yet. */
  marks: () => readonly Mark[];
  user: () => string | undefined;
  /** @returns whether it was a sign-out, which the client tells of itself */
  onError: (error: unknown) => boolean;
  onClose: () => void;
}

/** At most so often the server is asked anew, however much changes meanwhile. Unit: ms. */
const askEveryMs = 500;
/** Longest wait before what did not come is asked for once more. Unit: ms. */
const longestWaitMs = 30_000;
/** Most that the server gives at once: further down than that a list is not asked anew, but stays as it was loaded. */
export const mostAtOnce = 100;

const initialState = { loaded: false, loading: undefined, error: undefined, failed: undefined, asOf: undefined };

/**
 * A list as the server has it: asked anew when anything in the inbox changes, with the admin's own latest marks over it. The
 * snapshot of the client follows the stream frame by frame; what a filter or a search shows is only the server's to say.
 */
export class Feed {
  private readonly listeners = new Set<() => void>();
  private items: readonly Notification[] = [];
  private before: string | undefined;
  private state: Omit<FeedSnapshot, 'items' | 'hasOlder'> = initialState;
  /** When the newest page came last. */
  private takenAt: number | undefined;
  private shown: FeedSnapshot | undefined;
  private isStale = false;
  private askedAt = -Infinity;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer ends. */
  private dueAt = 0;
  /** In a row. */
  private failures = 0;
  /** What was confirmed and told while a page was under way, which may be older than that. */
  private meanwhile: ((items: readonly Notification[]) => readonly Notification[])[] = [];
  private isClosed = false;
  private underWay = new AbortController();

  constructor(
    readonly query: FeedQuery,
    private readonly context: FeedContext,
  ) {
    void this.load('newest');
  }

  /** The same object until something changes. */
  get snapshot(): FeedSnapshot {
    this.shown ??= { ...this.state, items: this.overlaid(), hasOlder: this.before !== undefined };
    return this.shown;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async loadOlder(): Promise<void> {
    if (this.before !== undefined && this.state.loading === undefined) await this.load('older');
  }

  /**
   * Something in the inbox has changed: what the server has is asked for soon. What is plainly of the list is in it at once.
   *
   * @param told the notifications that it is about; default: it may be any
   * @param after position that their frame goes on from
   */
  refresh(told?: readonly Notification[], after?: string): void {
    if (told && this.query.tab === 'mine' && !told.some((item) => this.mayBeMine(item))) return;
    if (told) this.lay((items) => this.withTold(items, told, after));
    this.isStale = true;
    this.askWithin(askEveryMs);
  }

  /** Tries again what did not come. */
  retry(): void {
    if (this.state.loading === undefined) void this.load('newest');
  }

  /** The server did what the admin asked for: what is held is so from here on, whether it is asked for anew or not. */
  settle(mark: Mark): void {
    this.lay((items) => this.laidOver(items, mark));
  }

  /** Lets go of all that is held: the admin whose it is has gone. */
  forget(): void {
    this.letGo();
    this.items = [];
    this.before = this.takenAt = undefined;
    this.change(initialState);
  }

  close(): void {
    this.isClosed = true;
    this.letGo();
    this.listeners.clear();
    this.context.onClose();
  }

  /** Has what the admin did show at once. */
  show(): void {
    this.shown = undefined;
    for (const listener of this.listeners) listener();
  }

  /** What a role or everybody is given all day long is not asked about again and again. */
  private mayBeMine(item: Notification): boolean {
    return mayName(item, this.context.user()) || this.items.some(({ id }) => id === item.id);
  }

  private withTold(items: readonly Notification[], told: readonly Notification[], after: string | undefined): readonly Notification[] {
    const user = this.context.user();
    const ofList = told.filter((item) => isOfList(this.query, item, user));
    return ofList.length === 0 ? items : hold({ items, floor: this.before, older: this.before, keep: Infinity }, ofList, after).items;
  }

  private lay(change: (items: readonly Notification[]) => readonly Notification[]): void {
    if (this.state.loading !== undefined) this.meanwhile.push(change);
    if (!this.state.loaded) return;
    const items = change(this.items);
    if (items === this.items) return;
    this.items = items;
    this.show();
  }

  private letGo(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isStale = false;
    this.failures = 0;
    this.meanwhile = [];
    this.underWay.abort();
    this.underWay = new AbortController();
  }

  /** One page at a time: two under way would each be laid onto what the other has not seen. */
  private askWithin(ms: number): void {
    if (this.state.loading !== undefined || this.isClosed) return;
    const dueAt = Math.max(Date.now(), this.askedAt + ms);
    // What has changed does not wait as long as what has failed.
    if (this.timer !== undefined && this.dueAt <= dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = dueAt;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.state.loading === undefined) void this.load('newest');
    }, dueAt - Date.now());
  }

  private async load(place: 'newest' | 'older'): Promise<void> {
    const { signal } = this.underWay;
    if (place === 'newest') {
      this.isStale = false;
      this.askedAt = Date.now();
    }
    this.change({ loading: place });
    try {
      const limit = place === 'older' ? this.context.pageSize : Math.min(mostAtOnce, Math.max(this.context.pageSize, this.items.length));
      const page = await this.context.rest.list({ ...asked(this.query), limit, ...(place === 'older' && this.before !== undefined && { before: this.before }) }, signal);
      if (signal.aborted) return;
      this.take(page.data, page.pageInfo, place, limit);
      this.items = this.meanwhile.splice(0).reduce((items, change) => change(items), this.items);
      this.failures = 0;
      if (place === 'newest') this.takenAt = Date.now();
      this.change({ loaded: true, loading: undefined, error: undefined, failed: undefined, ...(place === 'newest' && { asOf: undefined }) });
    } catch (error) {
      if (signal.aborted) return;
      this.meanwhile = [];
      const isSignOut = this.context.onError(error);
      this.change(isSignOut ? { loading: undefined, error: undefined, failed: undefined } : {
        loading: undefined, error: error as Error, failed: place, ...(place === 'newest' && { asOf: this.takenAt }),
      });
      if (place === 'newest' && !isSignOut && mayComeYet(error)) {
        this.askWithin(Math.min(longestWaitMs, askEveryMs * 2 ** ++this.failures));
        return;
      }
    }
    if (this.isStale) this.refresh();
  }

  /** A page of the newest replaces what it reaches down to; below that, what was loaded stays as it was. */
  private take(data: readonly Notification[], pageInfo: Page['pageInfo'], place: 'newest' | 'older', limit: number): void {
    const next = pageInfo.hasMore ? (pageInfo.before ?? undefined) : undefined;
    if (place === 'older') {
      this.items = [...this.items, ...data];
      this.before = next;
      return;
    }
    const given = new Set(data.map(({ id }) => id));
    // A search looks through so much at a time: what was found further down was found by going on.
    const goesDeeper = this.items.length > limit || this.query.q !== undefined;
    const below = goesDeeper && next !== undefined ? this.items.filter((item) => compareIds(placeOf(item), next) < 0 && !given.has(item.id)) : [];
    this.items = [...data, ...below];
    if (below.length === 0) this.before = next;
  }

  private change(state: Partial<Feed['state']>): void {
    this.state = { ...this.state, ...state };
    this.show();
  }

  private overlaid(): readonly Notification[] {
    const user = this.context.user();
    const items = this.context.marks().reduce((list, mark) => this.laidOver(list, mark), this.items);
    return this.query.tab === 'unread' ? items.filter((item) => isUnread(item, user)) : items;
  }

  private laidOver(items: readonly Notification[], { change, at }: Mark): readonly Notification[] {
    const { archived, snoozedUntil, ...rest } = change;
    const isArchive = this.query.tab === 'archived' || this.query.tab === 'snoozed';
    // In the archive it is what comes out of it that goes.
    const leaves = isArchive ? archived === false || snoozedUntil === null : archived === true || (snoozedUntil ?? null) !== null;
    return applyReceipt(items, leaves ? { ...rest, archived: true } : rest, at);
  }
}

/** Not what was asked in a wrong way: that will not be answered the next time either. */
function mayComeYet(error: unknown): boolean {
  return !(error instanceof BelfryError) || error.status < 400 || error.status === 429 || error.status >= 500;
}
