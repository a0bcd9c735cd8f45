export type Severity = 'info' | 'success' | 'warning' | 'critical';
export const SEVERITIES: readonly Severity[] = ['info', 'success', 'warning', 'critical'];

/** A notification as every client gets it. Ids are decimal strings (64 bits), times RFC 3339 in UTC. */
export interface Notification {
  id: string;
  /** Place in the order, and what `upTo` goes by: of the entry that last raised it, at first its id. */
  position: string;
  topic: string;
  severity: Severity;
  title: string;
  body: string | null;
  link: string | null;
  source: { table: string; key: string | null } | null;
  actor: string | null;
  occurrences: number;
  createdAt: string;
  updatedAt: string;
  resolvedAt: string | null;
  resolvedBy: string | null;
  claimedBy: string | null;
  claimedAt: string | null;
  /** When it went to more, as nobody had taken it on in time. */
  escalatedAt: string | null;
  expiresAt: string | null;
  readAt: string | null;
  seenAt: string | null;
  archivedAt: string | null;
  snoozedUntil: string | null;
  /** Its place for this admin, above its position: of the entry that brought it back when its snooze was due. Null: none of its own. */
  surfaced: string | null;
  /** What its last change did to the row, where that was an update: three columns at most, of those that its rule reads. */
  changed: Changed[];
  /** Users whom it is addressed to by name, `MOST_MENTIONS` at most: the same for everybody who is given it. */
  mentions: string[];
}

export const MOST_MENTIONS = 20;

/** Those of these channels that are users. */
export function mentionsIn(channels: readonly string[]): string[] {
  return channels
    .flatMap((channel) => (channel.startsWith('user:') ? channel.slice('user:'.length) : []))
    .sort()
    .slice(0, MOST_MENTIONS);
}

/** One column that an update changed. Values as text, 80 characters at most. */
export interface Changed {
  column: string;
  from: string | null;
  to: string | null;
}

/** As the wire has it where it was read for the wire alone. */
export type Time = Date | string;

/** A row of `belfry.notifications`, as `notificationColumns` selects it. */
export interface NotificationRow {
  id: string | bigint;
  position: string | bigint;
  topic: string;
  severity: string;
  title: string;
  body: string | null;
  link: string | null;
  source_table: string | null;
  source_key: string | null;
  actor: string | null;
  occurrences: number;
  created_at: Time;
  updated_at: Time;
  resolved_at: Time | null;
  resolved_by: string | null;
  claimed_by: string | null;
  claimed_at: Time | null;
  escalated_at: Time | null;
  expires_at: Time | null;
  changed: Changed[] | null;
  mentions: string[];
}

/** One admin's own state on a notification. */
export interface OwnState {
  readAt: Time | null;
  seenAt: Time | null;
  archivedAt: Time | null;
  snoozedUntil: Time | null;
  surfaced: string | bigint | null;
}

/** What every admin's item begins with. */
const UNTOUCHED: OwnState = { readAt: null, seenAt: null, archivedAt: null, snoozedUntil: null, surfaced: null };

const iso = (time: Time): string => (typeof time === 'string' ? time : time.toISOString());
const isoOrNull = (time: Time | null): string | null => (time === null ? null : iso(time));

/** Without `own`: as it stands for everyone at the moment it is journaled. */
export function toNotification(row: NotificationRow, own: OwnState = UNTOUCHED): Notification {
  return {
    id: String(row.id),
    position: String(row.position),
    topic: row.topic,
    severity: row.severity as Severity,
    title: row.title,
    body: row.body,
    link: row.link,
    source: row.source_table === null ? null : { table: row.source_table, key: row.source_key },
    actor: row.actor,
    occurrences: row.occurrences,
    createdAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
    resolvedAt: isoOrNull(row.resolved_at),
    resolvedBy: row.resolved_by,
    claimedBy: row.claimed_by,
    claimedAt: isoOrNull(row.claimed_at),
    escalatedAt: isoOrNull(row.escalated_at),
    expiresAt: isoOrNull(row.expires_at),
    readAt: isoOrNull(own.readAt),
    seenAt: isoOrNull(own.seenAt),
    archivedAt: isoOrNull(own.archivedAt),
    snoozedUntil: isoOrNull(own.snoozedUntil),
    surfaced: own.surfaced === null ? null : String(own.surfaced),
    changed: row.changed ?? [],
    mentions: row.mentions,
  };
}
