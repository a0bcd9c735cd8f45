import { Feed, mostAtOnce } from './feed.js';
import type { FeedQuery } from './feed-query.js';
import { now, OwnMarks } from './own-marks.js';
import { OwnPreferences } from './own-preferences.js';
import { BelfryError, type ListQuery, Rest } from './rest.js';
import type { ClientEvent, ClientOptions, Snapshot } from './snapshot.js';
import { arrivals, initialState, positionOf, reduce, viewOf, type Action, type State } from './state.js';
import { SharedStream } from './shared-stream.js';
import { StreamByToken } from './stream-by-token.js';
import { EventStream, type FrameHandlers, type FrameSource, type Refusal, type Status } from './stream.js';
import type { CountsBySeverity, Frame, Notification, Page, Preferences } from './wire.js';

export type * from './snapshot.js';

/** One admin's inbox, kept current over the stream: the state, and what an admin does to it. */
export class BelfryClient {
  readonly rest: Rest;
  private readonly source: FrameSource;
  private readonly listeners = new Set<(event: ClientEvent) => void>();
  private readonly pageSize: number;
  private state: State = initialState;
  private viewed: { of: State; view: State } | undefined;
  private status: Status = 'stopped';
  private loading: Snapshot['loading'];
  private failure: Pick<Snapshot, 'error' | 'failed' | 'asOf'> = noFailure;
  /** When the newest page came last. */
  private takenAt: number | undefined;
  private pages = new AbortController();
  private user: string | undefined;
  /** Topics, as the stream told them last; a server before that tells none. */
  private muted: string | undefined;
  private readonly feeds = new Set<Feed>();
  private readonly own: OwnPreferences;
  private readonly marks: OwnMarks;

  constructor({ baseUrl, token, metrics = false, pageSize = 20, source }: ClientOptions) {
    this.rest = new Rest(baseUrl, token);
    this.pageSize = pageSize;
    this.own = new OwnPreferences(this.rest, () => this.emit({ type: 'changed' }));
    this.marks = new OwnMarks({
      rest: this.rest,
      user: () => this.user,
      state: () => this.state,
      view: () => this.view,
      feeds: this.feeds,
      dispatch: (action) => this.dispatch(action),
      noteSignOut: (error) => this.noteSignOut(error),
      onFailed: (error) => this.emit({ type: 'mark failed', error: asError(error) }),
    });
    const handlers: FrameHandlers = {
      onFrame: (frame) => this.onFrame(frame),
      onStatus: (status) => this.onStatus(status),
      onLead: (leads) => this.emit({ type: 'leader', leads }),
      askWhyRefused: () => this.askWhyRefused(),
    };
    const url = `${baseUrl}/v1/stream`;
    if (source) this.source = source(handlers);
    else if (!SharedStream.isPossible) this.source = new EventStream(url, metrics, handlers, token);
    else this.source = token ? new StreamByToken(url, metrics, handlers, token) : new SharedStream(url, metrics, handlers);
  }

  get snapshot(): Snapshot {
    const { items, counts, loaded, older } = this.view;
    return { status: this.status, mode: this.source.mode ?? 'stream', items, user: this.user, counts, preferences: this.own.current, loaded,
      hasOlder: older !== undefined, loading: this.loading, ...this.failure };
  }

  /** Worked out once for each state: it is looked at several times, and its marks may reach thousands. */
  private get view(): State {
    if (this.viewed?.of !== this.state) this.viewed = { of: this.state, view: viewOf(this.state) };
    return this.viewed.view;
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
  connect(): void {
    if (this.status === 'signed-out') this.forget();
    this.source.start(this.state.cursor);
  }

  /** Drops the connection; what is held stays, and `connect` goes on from there. */
  disconnect(): void {
    this.source.stop();
    this.abortPages();
  }

  /** Lets go of everything: connection, feeds, listeners. */
  destroy(): void {
    this.disconnect();
    for (const feed of this.feeds) feed.close();
    this.listeners.clear();
  }

  /** Tries again at once what is not well: the connection, the first page. */
  retry(): void {
    if (this.status === 'signed-out') this.connect();
    else if (this.status !== 'live') this.source.retry();
    if ((!this.state.loaded || this.failure.asOf !== undefined) && this.loading === undefined) this.loadAnew();
  }

  /** One page of the inbox as the server has it now; the snapshot is not touched. */
  list(query?: ListQuery): Promise<Page> {
    return this.rest.list(query);
  }

  /** All that is counted, as the server has it now: by severity and by list too. */
  counts(): Promise<CountsBySeverity> {
    return this.rest.counts();
  }

  async loadOlder(): Promise<void> {
    if (this.state.older !== undefined && this.loading === undefined) await this.load('older');
  }

  // Each of these shows at once, and is taken back where the server does not do it: then it comes to false, and `mark failed` says why.

  markRead(ids: string | readonly string[]): Promise<boolean> {
    return this.marks.asTheyStand(ids, { read: true }, (all) => this.rest.mark('read', all));
  }

  markUnread(ids: string | readonly string[]): Promise<boolean> {
    return this.marks.asTheyStand(ids, { read: false }, (all) => this.rest.mark('unread', all));
  }

  /** All up to the newest that is held: what arrives in the meantime stays unread. */
  markAllRead(): Promise<boolean> {
    return this.marks.allRead();
  }

  /** Takes the last `markAllRead` back, with what was unread and is not held too. */
  undoMarkAllRead(): Promise<boolean> {
    return this.marks.undoAllRead();
  }

  /** Puts away, for good, or until it is raised again. */
  archive(ids: string | readonly string[]): Promise<boolean> {
    return this.marks.asTheyStand(ids, { archived: true }, (all) => this.rest.mark('archive', all));
  }

  /** They come back over the stream, as they are held by no list that shows them. */
  unarchive(ids: string | readonly string[]): Promise<boolean> {
    return this.marks.asTheyStand(ids, { archived: false }, (all) => this.rest.mark('unarchive', all));
  }

  /** Puts away until then: it comes back by itself, unread. */
  snooze(id: string, until: Date): Promise<boolean> {
    return this.marks.asTheyStand(id, { snoozedUntil: until.toISOString() }, () => this.rest.snooze(id, until));
  }

  unsnooze(id: string): Promise<boolean> {
    return this.marks.asTheyStand(id, { snoozedUntil: null }, () => this.rest.do('unsnooze', id));
  }

  /** Takes it on for oneself; false, and an error with `claimedBy`, where somebody was faster. */
  claim(id: string): Promise<boolean> {
    return this.marks.asTheyStand(id, { set: { claimedBy: this.user ?? null } }, () => this.rest.do('claim', id));
  }

  release(id: string): Promise<boolean> {
    return this.marks.asTheyStand(id, { set: { claimedBy: null } }, () => this.rest.do('release', id));
  }

  /** For everybody: it needs nobody any more. */
  resolve(id: string): Promise<boolean> {
    const set = { resolvedAt: now(), resolvedBy: this.user === undefined ? null : `user:${this.user}` };
    return this.marks.asTheyStand(id, { set }, () => this.rest.do('resolve', id));
  }

  /** Replaces what the admin wants to be disturbed by, whole. */
  async setPreferences(preferences: Preferences): Promise<boolean> {
    try {
      await this.own.set(preferences);
      return true;
    } catch (error) {
      if (!this.noteSignOut(error)) this.emit({ type: 'mark failed', error: asError(error) });
      return false;
    }
  }

  /** Asks a server whose stream does not tell for the preferences anew: another device may have changed them. */
  refreshPreferences(): Promise<void> {
    return this.own.load();
  }

  /** A list of its own beside the snapshot's, of what is archived, say. To be closed. */
  feed(query: FeedQuery): Feed {
    const feed = new Feed(query, {
      rest: this.rest,
      pageSize: this.pageSize,
      marks: () => this.state.marks,
      user: () => this.user,
      onError: (error) => this.noteSignOut(error),
      onClose: () => this.feeds.delete(feed),
    });
    this.feeds.add(feed);
    return feed;
  }

  /** Says that the admin has looked at all that is held. Does nothing when that is known; counts may not have come yet. */
  markSeen(): Promise<void> {
    return this.marks.seen();
  }

  private async load(place: 'newest' | 'older', limit = this.pageSize): Promise<void> {
    const { signal } = this.pages;
    const { older } = this.state;
    this.loading = place;
    this.dispatch({ type: 'page requested' });
    try {
      const query = { limit, ...(place === 'older' && older !== undefined ? { before: older } : {}) };
      const page = await this.rest.list(query, signal);
      if (signal.aborted) return;
      this.loading = undefined;
      this.failure = place === 'newest' ? noFailure : { ...noFailure, asOf: this.failure.asOf };
      if (place === 'newest') this.takenAt = Date.now();
      this.dispatch({ type: 'page loaded', page, place, at: now() });
    } catch (error) {
      if (signal.aborted) return;
      this.loading = undefined;
      const asOf = place === 'newest' && this.state.loaded ? this.takenAt : this.failure.asOf;
      if (!this.noteSignOut(error)) this.failure = { error: asError(error), failed: place, asOf };
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
    const after = positionOf(this.state.cursor);
    const begins = frame.event === 'reset' || (frame.event === 'hello' && (!frame.data.resumed || !this.state.loaded));
    // What was on its way is of the time before.
    if (begins) this.abortPages();
    this.dispatch({ type: 'frame', frame, at: now() });
    // Asked for only now that the stream is open: nothing can fall between the two.
    if (begins) void this.load('newest');
    if (frame.event === 'preferences') this.onPreferences(frame.data);
    if (frame.event === 'ready' && this.user !== undefined) this.own.start(this.user);
    if (frame.event === 'metrics') this.emit({ type: 'metrics', metrics: frame.data });
    if (news.length > 0) this.emit({ type: 'arrived', notifications: news });
    if (frame.event === 'notifications') this.refreshFeeds(frame.data, after);
    else if (['receipts', 'preferences', 'reset', 'ready'].includes(frame.event)) this.refreshFeeds();
  }

  /** Where other topics are muted than the list goes by, it is asked for anew, as far down as it is held. */
  private onPreferences(preferences: Preferences): void {
    if (this.user === undefined) return;
    this.own.hear(this.user, preferences);
    const muted = [...preferences.mutedTopics].sort().join(' ');
    const isOther = this.muted !== undefined && this.muted !== muted;
    this.muted = muted;
    this.emit({ type: 'preferences', preferences });
    if (!isOther) return;
    this.abortPages();
    this.loadAnew();
  }

  private loadAnew(): void {
    void this.load('newest', Math.min(mostAtOnce, Math.max(this.pageSize, this.state.items.length)));
  }

  private refreshFeeds(told?: readonly Notification[], after?: string): void {
    for (const feed of this.feeds) feed.refresh(told, after);
  }

  private onStatus(status: Status): void {
    // One source may begin where another did.
    if (status === this.status) return;
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
    this.failure = noFailure;
    this.state = initialState;
    this.marks.forget();
    this.own.forget();
    this.muted = undefined;
    for (const feed of this.feeds) feed.forget();
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
    if (action.type.startsWith('mark')) for (const feed of this.feeds) feed.show();
    this.emit({ type: 'changed' });
  }

  private emit(event: ClientEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

const noFailure = { error: undefined, failed: undefined, asOf: undefined };

const isUnauthorized = (error: unknown): boolean => error instanceof BelfryError && error.status === 401;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
