import type { TokenSource } from './connection.js';
import type { FeedSnapshot } from './feed.js';
import type { FrameHandlers, FrameSource, Mode, Status } from './frame-source.js';
import type { Counts, Metrics, Notification, Preferences } from './wire.js';

export interface ClientOptions {
  /** Where Belfry is: origin and path before `/v1`, without a slash at the end. */
  baseUrl: string;
  /** Gives the token for each connection and request. Default: none, and the browser's cookie is sent. */
  token?: TokenSource;
  /** Ask for `metrics` frames; comes to something only with the role for it. Default: false. */
  metrics?: boolean;
  /** Notifications a page. Default: 20. */
  pageSize?: number;
  /** Where frames come from. Default: one stream for all tabs of the admin, where the browser can; else one of its own. */
  source?: (handlers: FrameHandlers) => FrameSource;
}

/** What is to be seen right now: the newest, with the admin's own latest marks, and how all else stands. */
export interface Snapshot extends FeedSnapshot {
  status: Status;
  /** `poll`: a proxy lets no stream through, and frames come by long polls. */
  mode: Mode;
  /** Who the admin is; undefined until the stream has said so. */
  user: string | undefined;
  counts: Counts | undefined;
  /** What the admin wants to be disturbed by; undefined until the server has said so, and with one that keeps none. */
  preferences: Preferences | undefined;
}

export type ClientEvent =
  | { type: 'changed' }
  | { type: 'status'; status: Status }
  /** Whether this tab has the stream of its browser has changed. */
  | { type: 'leader'; leads: boolean }
  | { type: 'arrived'; notifications: readonly Notification[] }
  | { type: 'metrics'; metrics: Metrics }
  /** What the admin wants to be disturbed by, as the stream tells it. */
  | { type: 'preferences'; preferences: Preferences }
  | { type: 'mark failed'; error: Error };
