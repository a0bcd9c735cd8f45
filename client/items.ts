import { compareIds, type Notification, type ReceiptChange } from './wire.js';

/**
 * Notifications held, newest first and without a hole down to `floor`. What is older is the server's: `older` is the
 * cursor of its next page. Both are undefined when there is nothing older.
 */
export interface Held {
  items: readonly Notification[];
  floor: string | undefined;
  older: string | undefined;
  /** How many are held at most. */
  keep: number;
}

/** Neither read nor settled by somebody else. */
export function isUnread({ readAt, resolvedAt }: Notification): boolean {
  return readAt === null && resolvedAt === null;
}

/**
 * Puts notifications in their places; a known id replaces. What is older than the floor stays with the server. A frame
 * speaks to all admins alike, so where it has nothing of the admin's own state, what is known of that (from receipts and
 * pages) stays.
 */
export function hold<S extends Held>(state: S, notifications: readonly Notification[]): S {
  const byId = new Map(state.items.map((item) => [item.id, item]));
  for (const notification of notifications) {
    const { id, archivedAt, snoozedUntil } = notification;
    if (archivedAt !== null || snoozedUntil !== null) byId.delete(id);
    else if (state.floor === undefined || compareIds(id, state.floor) >= 0) {
      const known = byId.get(id);
      const own = { readAt: notification.readAt ?? known?.readAt ?? null, seenAt: notification.seenAt ?? known?.seenAt ?? null };
      byId.set(id, { ...notification, ...own });
    }
  }
  const items = [...byId.values()].sort((a, b) => compareIds(b.id, a.id));
  const last = items[state.keep - 1];
  if (items.length <= state.keep || last === undefined) return { ...state, items };
  return { ...state, items: items.slice(0, state.keep), floor: last.id, older: last.id };
}

/** Whether a change speaks of this notification. */
export function covers({ ids, upTo }: ReceiptChange, id: string): boolean {
  return ids?.includes(id) === true || (upTo !== undefined && compareIds(id, upTo) <= 0);
}

/** The items after an admin's own change. `at` stands in for the time, which a receipt does not carry. */
export function applyReceipt(items: readonly Notification[], change: ReceiptChange, at: string): Notification[] {
  const gone = change.archived === true || (change.snoozedUntil ?? null) !== null;
  return items.flatMap((item) => {
    if (!covers(change, item.id)) return [item];
    if (gone) return [];
    return [{ ...item, readAt: moment(item.readAt, change.read, at), seenAt: moment(item.seenAt, change.seen, at) }];
  });
}

function moment(known: string | null, now: boolean | undefined, at: string): string | null {
  if (now === undefined) return known;
  return now ? (known ?? at) : null;
}
