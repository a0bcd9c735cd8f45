/** What the server sends: the JSON of `/v1` and of the frames of `/v1/stream`. */

export type Severity = 'info' | 'success' | 'warning' | 'critical';

/** One rendered message with this admin's own state on it. Ids are 64-bit numbers in decimal strings, times RFC 3339. */
export interface Notification {
  id: string;
  /** Everybody's place in the order: newest is highest. It grows when the notification is raised again. */
  position: string;
  topic: string;
  severity: Severity;
  title: string;
  body: string | null;
  link: string | null;
  source: { table: string | null; key: string | null } | null;
  actor: string | null;
  occurrences: number;
  createdAt: string;
  updatedAt: string;
  resolvedAt: string | null;
  resolvedBy: string | null;
  claimedBy: string | null;
  /** Since when; a server before this has none. */
  claimedAt?: string | null;
  /** When it went to more, as nobody had taken it on in time; a server before this has none. */
  escalatedAt?: string | null;
  expiresAt: string | null;
  readAt: string | null;
  seenAt: string | null;
  archivedAt: string | null;
  snoozedUntil: string | null;
  /** The admin's own place for it, higher up: where it came back when its snooze was due. A frame that speaks to all has none. */
  surfaced?: string | null;
  /** In a frame: it had been put away, and this admin has it back; the state on it is theirs. */
  returned?: boolean;
  /** What its last change did to the row, where that was an update; a server before this has none. */
  changed?: readonly Changed[];
  /** Users whom it is addressed to by name, 20 at most; a server before this has none. */
  mentions?: readonly string[];
}

/** One column that an update changed. Values as text, 80 characters at most. */
export interface Changed {
  column: string;
  from: string | null;
  to: string | null;
}

/** Counted exactly up to 1,000; from there on `capped`. */
export interface Count {
  count: number;
  capped: boolean;
}

export interface Counts {
  unread: Count;
  unseen: Count;
}

export interface CountsBySeverity extends Counts {
  bySeverity: Partial<Record<Severity, Count>>;
  /** Unread and addressed to the admin by name; a server before this has none. */
  mine?: Count;
  /** In the archive, read or not. */
  archived?: Count;
}

/**
 * An admin's own change, made on any device: to the named ids as they stood at a position, or to all up to a position.
 * `withdrawn` is none of theirs: they are not addressed any more.
 */
export interface ReceiptChange {
  ids?: string[];
  asOf?: string;
  upTo?: string;
  read?: boolean;
  seen?: boolean;
  archived?: boolean;
  snoozedUntil?: string | null;
  withdrawn?: boolean;
}

/** `before` and `after` are cursors: given back as `before=` they yield the next older page. */
export interface Page {
  data: Notification[];
  pageInfo: { before: string | null; after: string | null; hasMore: boolean };
}

export interface Hello {
  user: string;
  resumed: boolean;
  retryMs: number;
  heartbeatMs: number;
}

/** How the system does, every 2 s, for those who asked for it and may see it. */
export interface Metrics {
  streams: number;
  changesWaiting: number;
  relayLagMs: number | null;
  commitToFrameMs: { p50: number | null; p95: number | null };
  perMinute: number;
}

/** From which severity on; `none` is never. */
export type Threshold = Severity | 'none';

/** Times of the day, `HH:MM` in an IANA time zone; over midnight where `from` is later than `to`. The same twice is never. */
export interface QuietHours {
  from: string;
  to: string;
  timeZone: string;
}

/** What an admin wants to be disturbed by. */
export interface Preferences {
  /** Nothing of these is given, listed or counted, but where it is asked for by name. */
  mutedTopics: readonly string[];
  toast: { minSeverity: Threshold };
  sound: { minSeverity: Threshold };
  desktop: { minSeverity: Threshold };
  /** The unread number before the page's title. */
  title: boolean;
  quietHours: QuietHours | null;
  /** A critical one stands on the page until somebody has acknowledged it. */
  acknowledgeCritical: boolean;
}

export type GoodbyeReason = 'drain' | 'age' | 'token' | 'displaced';

interface FrameData {
  hello: Hello;
  reset: { reason: string };
  notifications: Notification[];
  receipts: ReceiptChange[];
  /** At each opening, and when they have changed, on whatever device; a server before this sends none. */
  preferences: Preferences;
  counts: Counts;
  ready: Counts;
  metrics: Metrics;
  goodbye: { reason: GoodbyeReason; reconnectInMs: number };
}

export type FrameEvent = keyof FrameData;

/** One event of the stream. `id` is the cursor: what to ask for next time. */
export type Frame = { [E in FrameEvent]: { event: E; id: string; data: FrameData[E] } }[FrameEvent];

/** Every event that the stream has; a frame of another name is of a newer server and skipped. */
export const frameEvents: readonly FrameEvent[] = [
  'hello', 'reset', 'notifications', 'receipts', 'preferences', 'counts', 'ready', 'metrics', 'goodbye',
];

/** Orders two ids or positions as the 64-bit numbers they are: beyond 2^53 a Number can't tell neighbours apart. */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where a notification is in this admin's order: what lists, pages and `upTo` go by. */
export function placeOf({ position, surfaced }: Pick<Notification, 'position' | 'surfaced'>): string {
  return surfaced ?? position;
}
