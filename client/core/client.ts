import { BelfryError, Rest } from './rest.js';
import { arrivals, initialState, reduce, viewOf, type Action, type State } from './state.js';
import { SharedStream } from './shared-stream.js';
import { EventStream, type FrameHandlers, type FrameSource, type Refusal, type Status } from './stream.js';
import type { Counts, Frame, Metrics, Notification, ReceiptChange } from './wire.js';

export interface ClientOptions {
  /** Where Belfry is: origin and path before `/v1`, without a slash at the end. */
  baseUrl: string;
  /** Ask for `metrics` frames; comes to something only with the role for it. Default: false. */
  metrics?: boolean;
  /** Notifications a page. Default: 20. */
  pageSize?: number;
  /** Where frames come from. Default: one stream for all tabs, where the browser can; else an EventSource of one's own. */
  source?: (handlers: FrameHandlers) => FrameSource;
}

/** What is to be seen right now. */
export interface Snapshot {
  status: Status;
  /** Newest first, with the admin's own latest marks. */
  items: readonly Notification[];
  counts: Counts | undefined;
  loaded: boolean;
  hasOlder: boolean;
  loading: 'newest' | 'older' | undefined;
  /** Why the last page did not come; undefined once one does. */
  error: Error | undefined;
}

export type ClientEvent =
  | { type: 'changed' }
  | { type: 'status'; status: Status }
  | { type: 'arrived'; notifications: readonly Notification[] }
  | { type: 'metrics'; metrics: Metrics }
  | { type: 'mark failed'; error: Error };

/** One admin's inbox, kept current over the stream: the state, and what an admin does to it. */
export class BelfryClient {
  readonly rest: Rest;
  private readonly source: FrameSource;
  private readonly listeners = new Set<(event: ClientEvent) => void>();
  private readonly pageSize: number;
  private state: State = initialState;
  private status: Status = 'stopped';
  private loading: Snapshot['loading'];
  private error: Error | undefined;
  private pages = new AbortController();
  private lastKey = 0;
  private user: string | undefined;

  constructor({ baseUrl, metrics = false, pageSize = 20, source }: ClientOptions) {
    this.rest = new Rest(baseUrl);
    this.pageSize = pageSize;
    const handlers: FrameHandlers = {
      onFrame: (frame) => this.onFrame(frame),
      onStatus: (status) => this.onStatus(status),
      askWhyRefused: () => this.askWhyRefused(),
    };
    const Source = SharedStream.isPossible ? SharedStream : EventStream;
    this.source = source?.(handlers) ?? new Source(`${baseUrl}/v1/stream`, metrics, handlers);
  }

  get snapshot(): Snapshot {
    const { items, counts, loaded, older } = viewOf(this.state);
    return { status: this.status, items, counts, loaded, hasOlder: older !== undefined, loading: this.loading,
      error: this.error };
  }

  /** Whether this tab is the one of its browser that may make a noise: of those that share a stream, the one that has it. */
  get leads(): boolean {
    return this.source.leads;
  }

  /** Calls back at every event; gives back what ends that. */
  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Connects, from where it was left off. After a sign-out: anew, as whoever is signed in now. */
  start(): void {
    if (this.status === 'signed-out') this.forget();
    this.source.start(this.state.cursor);
  }

  stop(): void {
    this.source.stop();
    this.abortPages();
  }

  /** Tries again at once what is not well: the connection, the first page. */
  retry(): void {
    if (this.status === 'signed-out') this.start();
    else if (this.status !== 'live') this.source.retry();
    if (!this.state.loaded && this.loading === undefined) void this.load('newest');
  }

  async loadOlder(): Promise<void> {
    if (this.state.older !== undefined && this.loading === undefined) await this.load('older');
  }

  markRead(id: string): Promise<void> {
    return this.mark({ ...this.asItStands(id), read: true }, () => this.rest.markRead(id));
  }

  markUnread(id: string): Promise<void> {
    return this.mark({ ...this.asItStands(id), read: false }, () => this.rest.markUnread(id));
  }

  /** All up to the newest that is held: what arrives in the meantime stays unread. */
  async markAllRead(): Promise<void> {
    const upTo = this.state.items[0]?.position;
    if (upTo !== undefined) await this.mark({ upTo, read: true }, () => this.rest.markAllRead(upTo));
  }

  /** Says that the admin has looked at all that is held. Does nothing when that is known; counts may not have come yet. */
  async markSeen(): Promise<void> {
    const newest = viewOf(this.state).items[0];
    if (newest?.seenAt !== null) return;
    const { position: upTo } = newest;
    await this.mark({ upTo, seen: true }, () => this.rest.markSeen(upTo));
  }

  /** Raised again meanwhile, it is not what was marked. */
  private asItStands(id: string): Pick<ReceiptChange, 'ids' | 'asOf'> {
    const asOf = this.state.items.find((item) => item.id === id)?.position;
    return { ids: [id], ...(asOf !== undefined && { asOf }) };
  }

  private async mark(change: ReceiptChange, ask: () => Promise<unknown>): Promise<void> {
    const key = ++this.lastKey;
    this.dispatch({ type: 'marked', mark: { key, change, at: now() } });
    try {
      await ask();
      this.dispatch({ type: 'mark confirmed', key });
    } catch (error) {
      this.dispatch({ type: 'mark failed', key });
      if (!this.noteSignOut(error)) this.emit({ type: 'mark failed', error: asError(error) });
    }
  }

  private async load(place: 'newest' | 'older'): Promise<void> {
    const { signal } = this.pages;
    const { older } = this.state;
    this.loading = place;
    this.dispatch({ type: 'page requested' });
    try {
      const query = { limit: this.pageSize, ...(place === 'older' && older !== undefined ? { before: older } : {}) };
      const page = await this.rest.list(query, signal);
      if (signal.aborted) return;
      this.loading = this.error = undefined;
      this.dispatch({ type: 'page loaded', page, place, at: now() });
    } catch (error) {
      if (signal.aborted) return;
      this.loading = undefined;
      if (!this.noteSignOut(error)) this.error = asError(error);
      this.dispatch({ type: 'page failed' });
    }
  }

  private onFrame(frame: Frame): void {
    if (frame.event === 'hello' && frame.data.user !== this.user) {
      // Somebody else has signed in meanwhile: nothing of the one before is theirs to see.
      if (this.user !== undefined) this.forget();
      this.user = frame.data.user;
    }
    const news = arrivals(this.state, frame);
    const begins = frame.event === 'reset' || (frame.event === 'hello' && (!frame.data.resumed || !this.state.loaded));
    // What was on its way is of the time before.
    if (begins) this.abortPages();
    this.dispatch({ type: 'frame', frame, at: now() });
    // Asked for only now that the stream is open: nothing can fall between the two.
    if (begins) void this.load('newest');
    if (frame.event === 'metrics') this.emit({ type: 'metrics', metrics: frame.data });
    if (news.length > 0) this.emit({ type: 'arrived', notifications: news });
  }

  private onStatus(status: Status): void {
    this.status = status;
    if (status !== 'live') this.dispatch({ type: 'disconnected' });
    if (status === 'signed-out') this.forget();
    this.emit({ type: 'status', status });
    // The stream can't be had, but the list perhaps can.
    if (status === 'offline' && !this.state.loaded && this.loading === undefined) void this.load('newest');
  }

  private async askWhyRefused(): Promise<Refusal> {
    try {
      this.dispatch({ type: 'counts loaded', counts: await this.rest.counts() });
      return 'stream refused';
    } catch (error) {
      return isUnauthorized(error) ? 'signed-out' : 'no answer';
    }
  }

  private noteSignOut(error: unknown): boolean {
    if (isUnauthorized(error)) this.source.signOut();
    return isUnauthorized(error);
  }

  private forget(): void {
    this.abortPages();
    this.error = undefined;
    this.state = initialState;
    this.emit({ type: 'changed' });
  }

  private abortPages(): void {
    if (this.loading !== undefined) this.dispatch({ type: 'page failed' });
    this.loading = undefined;
    this.pages.abort();
    this.pages = new AbortController();
  }

  private dispatch(action: Action): void {
    this.state = reduce(this.state, action);
    this.emit({ type: 'changed' });
  }

  private emit(event: ClientEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

const now = (): string => new Date().toISOString();

const isUnauthorized = (error: unknown): boolean => error instanceof BelfryError && error.status === 401;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
