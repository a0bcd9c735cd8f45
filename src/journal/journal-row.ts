import type { QueryArrayConfig } from 'pg';
import type { Receipt } from './entry.js';
import type { NotificationRow, OwnState } from './notification.js';
import { WIRE_TYPES } from './wire-types.js';

export interface JournalRow extends Omit<NotificationRow, 'id' | 'position' | 'mentions'>, OwnState {
  position: string;
  raised_from: string | null;
  readdressed: boolean;
  /** The notification's position now. */
  stands_at: string | null;
  channels: readonly string[];
  notification: string | null;
  receipt: (Receipt & { preferences?: true }) | null;
  /** As they are kept now, JSON text. */
  preferences: string | null;
  purged_up_to: string | null;
  own_of: string | null;
  reopens: boolean;
  occurred_at: string;
}

// Joined to the notification as it stands now: a later entry brings later content, and a known id replaces what a client holds.
// What one admin alone is given has their own state with it, as src/inbox/own-state.sql.ts reads it. What few entries have is
// looked for in those alone.
export const SELECT_ENTRIES = `
  select j.position, j.channels, j.notification, j.raised_from, j.readdressed, j.receipt, j.purged_up_to, j.occurred_at,
         j.own_of, j.reopens, n.position as stands_at,
         case when jsonb_exists(j.receipt, 'preferences')
              then (select p.preferences::text from belfry.preferences p where p.user_id = substr(j.channels[1], 6)) end as preferences,
         n.topic, n.severity, n.title, n.body, n.link, n.source_table, n.source_key, n.actor, n.occurrences,
         n.created_at, n.updated_at, n.resolved_at, n.resolved_by, n.claimed_by, n.claimed_at, n.escalated_at, n.expires_at,
         case when n.change ->> 'operation' = 'update' then
           (select json_agg(json_build_object('column', c.key, 'from', left(c.value, 80), 'to', left(n.change -> 'new' ->> c.key, 80)))
              from (select o.key, o.value from jsonb_each_text(case when jsonb_typeof(n.change -> 'old') = 'object' then n.change -> 'old' end) as o
                     where jsonb_exists(n.change -> 'new', o.key) and o.value is distinct from n.change -> 'new' ->> o.key
                     order by o.key limit 3) as c) end as changed,
         own.read_at, own.seen_at, own.archived_at, own.snoozed_until, own.surfaced
    from belfry.journal j
    left join belfry.notifications n on n.id = j.notification
    left join lateral (
      select case when not unread then coalesce(r.read_at, i.read_at) end as read_at,
             case when not unread then coalesce(r.read_at, i.read_at) when coalesce(r.surfaced, n.position) <= i.seen_up_to then i.seen_at end as seen_at,
             r.archived_at, r.snoozed_until, r.surfaced
        from (select j.own_of) as o
        left join belfry.inboxes i on i.user_id = j.own_of
        left join belfry.receipts r on r.user_id = j.own_of and r.position = n.position
       cross join lateral (select (n.position > i.read_up_to and r.read is distinct from true) or r.read is false as unread) as u
       where j.own_of is not null) as own on true`;

/** A page's rows, which `pg` gives as arrays at two thirds of what objects cost. The floor and the anchor are in each: of an empty page it is one row. */
export type PageRow = EntryRow | [floor: string, anchor: string | null, position: null, ...none: null[]];
type EntryRow = [
  floor: string, anchor: string | null, position: Of<'position'>, channels: Of<'channels'>, notification: Of<'notification'>,
  raised_from: Of<'raised_from'>, readdressed: Of<'readdressed'>, receipt: Of<'receipt'>, purged_up_to: Of<'purged_up_to'>,
  occurred_at: Of<'occurred_at'>, own_of: Of<'own_of'>, reopens: Of<'reopens'>, stands_at: Of<'stands_at'>, preferences: Of<'preferences'>,
  topic: Of<'topic'>, severity: Of<'severity'>, title: Of<'title'>, body: Of<'body'>, link: Of<'link'>, source_table: Of<'source_table'>,
  source_key: Of<'source_key'>, actor: Of<'actor'>, occurrences: Of<'occurrences'>, created_at: Of<'created_at'>, updated_at: Of<'updated_at'>,
  resolved_at: Of<'resolved_at'>, resolved_by: Of<'resolved_by'>, claimed_by: Of<'claimed_by'>, claimed_at: Of<'claimed_at'>,
  escalated_at: Of<'escalated_at'>, expires_at: Of<'expires_at'>, changed: Of<'changed'>, readAt: Of<'readAt'>, seenAt: Of<'seenAt'>,
  archivedAt: Of<'archivedAt'>, snoozedUntil: Of<'snoozedUntil'>, surfaced: Of<'surfaced'>,
];
type Of<C extends keyof JournalRow> = JournalRow[C];

export function rowOf(c: EntryRow): JournalRow {
  return {
    position: c[2], channels: c[3], notification: c[4], raised_from: c[5], readdressed: c[6], receipt: c[7], purged_up_to: c[8], occurred_at: c[9],
    own_of: c[10], reopens: c[11], stands_at: c[12], preferences: c[13], topic: c[14], severity: c[15], title: c[16], body: c[17], link: c[18],
    source_table: c[19], source_key: c[20], actor: c[21], occurrences: c[22], created_at: c[23], updated_at: c[24], resolved_at: c[25],
    resolved_by: c[26], claimed_by: c[27], claimed_at: c[28], escalated_at: c[29], expires_at: c[30], changed: c[31], readAt: c[32], seenAt: c[33],
    archivedAt: c[34], snoozedUntil: c[35], surfaced: c[36],
  };
}

export function isEntry(row: PageRow): row is EntryRow {
  return row[2] !== null;
}

/** How a page is asked for. */
export const AS_PAGE = { rowMode: 'array', types: WIRE_TYPES } as const satisfies Partial<QueryArrayConfig>;
