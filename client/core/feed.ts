import { applyReceipt, isUnread } from './items.js';
import type { Mark } from './marks.js';
import type { ListQuery, Rest } from './rest.js';
import type { Notification, Severity } from './wire.js';

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
  rest: Rest;
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
/** Most that the server gives at once: further down than that a list is not asked anew, but stays as it was loaded. */
const mostAtOnce = 100;

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
  private readonly closing = new AbortController();

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

  /** Something in the inbox has changed: what the server has is asked for soon. */
  refresh(): void {
    this.isStale = true;
    if (this.state.loading !== undefined || this.closing.signal.aborted) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.load('newest');
    }, Math.max(0, this.askedAt + askEveryMs - Date.now()));
  }

  /** Tries again what did not come. */
  retry(): void {
    if (this.state.loading === undefined) void this.load('newest');
  }

  close(): void {
    clearTimeout(this.timer);
    this.closing.abort();
    this.listeners.clear();
    this.context.onClose();
  }

  /** Has what the admin did show at once. */
  show(): void {
    this.shown = undefined;
    for (const listener of this.listeners) listener();
  }

  private async load(place: 'newest' | 'older'): Promise<void> {
    const { signal } = this.closing;
    if (place === 'newest') {
      this.isStale = false;
      this.askedAt = Date.now();
    }
    this.change({ loading: place });
    try {
      const limit = place === 'older' ? this.context.pageSize : Math.min(mostAtOnce, Math.max(this.context.pageSize, this.items.length));
      const page = await this.context.rest.list({ ...asked(this.query), limit, ...(place === 'older' && this.before !== undefined && { before: this.before }) }, signal);
      const { data, pageInfo } = page;
      const last = data.at(-1)?.position;
      const below = place === 'older' || last === undefined || this.items.length <= mostAtOnce ? [] : this.items.slice(data.length);
      this.items = place === 'older' ? [...this.items, ...data] : [...data, ...below];
      if (below.length === 0) this.before = pageInfo.hasMore ? (pageInfo.before ?? undefined) : undefined;
      this.change({ loaded: true, loading: undefined, error: undefined });
    } catch (error) {
      if (signal.aborted) return;
      this.change({ loading: undefined, error: this.context.onError(error) ? undefined : (error as Error) });
    }
    if (this.isStale) this.refresh();
  }

  private change(state: Partial<Feed['state']>): void {
    this.state = { ...this.state, ...state };
    this.show();
  }

  private overlaid(): readonly Notification[] {
    const user = this.context.user();
    const isArchive = this.query.tab === 'archived' || this.query.tab === 'snoozed';
    const items = this.context.marks().reduce<readonly Notification[]>((list, { change, at }) => {
      const { archived, snoozedUntil, ...rest } = change;
      // In the archive it is what comes out of it that goes.
      const leaves = isArchive ? archived === false || snoozedUntil === null : archived === true || (snoozedUntil ?? null) !== null;
      return applyReceipt(list, leaves ? { ...rest, archived: true } : rest, at);
    }, this.items);
    return this.query.tab === 'unread' ? items.filter((item) => isUnread(item, user)) : items;
  }
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
