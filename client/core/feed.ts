import { applyReceipt, isUnread } from './items.js';
import type { Mark } from './marks.js';
import { BelfryError, type ListQuery, type Rest } from './rest.js';
import { compareIds, placeOf, type Notification, type Page, type Severity } from './wire.js';

/** Which of an inbox's lists, and what of it. */
export interface FeedQuery {
  /** `mine`: addressed to the admin by name. Default: all. */
  tab?: 'all' | 'unread' | 'mine' | 'archived' | 'snoozed';
  topics?: readonly string[];
  severities?: readonly Severity[];
  /** Words that all occur in title or body. */
  q?: string;
}

export interface FeedSnapshot {
  /** Newest first. */
  items: readonly Notification[];
  loaded: boolean;
  hasOlder: boolean;
  loading: 'newest' | 'older' | undefined;
  error: Error | undefined;
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
/** Most users that a notification names. */
const mostMentions = 20;

/**
 * A list as the server has it: asked anew when anything in the inbox changes, with the admin's own latest marks over it. The
 * snapshot of the client follows the stream frame by frame; what a filter or a search shows is only the server's to say.
 */
export class Feed {
  private readonly listeners = new Set<() => void>();
  private items: readonly Notification[] = [];
  private before: string | undefined;
  private state: Omit<FeedSnapshot, 'items' | 'hasOlder'> = { loaded: false, loading: undefined, error: undefined };
  private shown: FeedSnapshot | undefined;
  private isStale = false;
  private askedAt = -Infinity;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer ends. */
  private dueAt = 0;
  /** In a row. */
  private failures = 0;
  /** Confirmed while a page was under way, which may be older than they are. */
  private meanwhile: Mark[] = [];
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
   * Something in the inbox has changed: what the server has is asked for soon.
   *
   * @param told the notifications that it is about; default: it may be any
   */
  refresh(told?: readonly Notification[]): void {
    if (told && this.query.tab === 'mine' && !told.some((item) => this.mayBeMine(item))) return;
    this.isStale = true;
    this.askWithin(askEveryMs);
  }

  /** Tries again what did not come. */
  retry(): void {
    if (this.state.loading === undefined) void this.load('newest');
  }

  /** The server did what the admin asked for: what is held is so from here on, whether it is asked for anew or not. */
  settle(mark: Mark): void {
    this.items = this.laidOver(this.items, mark);
    if (this.state.loading !== undefined) this.meanwhile.push(mark);
  }

  /** Lets go of all that is held: the admin whose it is has gone. */
  forget(): void {
    this.letGo();
    this.items = [];
    this.before = undefined;
    this.change({ loaded: false, loading: undefined, error: undefined });
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
  private mayBeMine({ id, mentions }: Notification): boolean {
    const user = this.context.user();
    // A server that does not say, or more than it names.
    if (!mentions || mentions.length >= mostMentions || user === undefined) return true;
    return mentions.includes(user) || this.items.some((item) => item.id === id);
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
      const data = this.meanwhile.splice(0).reduce<readonly Notification[]>((items, mark) => this.laidOver(items, mark), page.data);
      this.take(data, page.pageInfo, place, limit);
      this.failures = 0;
      this.change({ loaded: true, loading: undefined, error: undefined });
    } catch (error) {
      if (signal.aborted) return;
      this.meanwhile = [];
      const isSignOut = this.context.onError(error);
      this.change({ loading: undefined, error: isSignOut ? undefined : (error as Error) });
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

function asked({ tab = 'all', topics, severities, q }: FeedQuery): ListQuery {
  return {
    ...(tab === 'unread' && { status: tab }),
    ...((tab === 'mine' || tab === 'archived' || tab === 'snoozed') && { [tab]: true }),
    ...(topics && { topic: topics }),
    ...(severities && { severity: severities }),
    ...(q !== undefined && q !== '' && { q }),
  };
}
