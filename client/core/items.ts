import { compareIds, placeOf, type Notification, type ReceiptChange } from './wire.js';

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

/** Neither read nor resolved, nor taken on by somebody else than this user. */
export function isUnread({ readAt, resolvedAt, claimedBy }: Notification, user: string | undefined): boolean {
  return readAt === null && resolvedAt === null && (claimedBy === null || claimedBy === user);
}

/**
 * Puts notifications in their places; a known id replaces, unless it is known from further on. What is older than the floor
 * stays with the server. A frame speaks to all admins alike, so where it has nothing of the admin's own state, what is known
 * of that (from receipts and pages) stays, until it is raised again.
 *
 * @param after position that a frame goes on from: what is not held, and stands no further on, the admin has put away, and its
 *   frame says how it stands with others; but for what they have back
 */
export function hold<S extends Held>(state: S, notifications: readonly Notification[], after?: string): S {
  const byId = new Map(state.items.map((item) => [item.id, item]));
  for (const { returned = false, ...notification } of notifications) {
    const { id, position, archivedAt, snoozedUntil, surfaced } = notification;
    const held = byId.get(id);
    if (held ? compareIds(held.position, position) > 0 : isPutAway({ position, returned }, after)) continue;
    const known = held?.position === position && !returned ? held : undefined;
    const own = { readAt: notification.readAt ?? known?.readAt ?? null, seenAt: notification.seenAt ?? known?.seenAt ?? null, surfaced: surfaced ?? known?.surfaced ?? null };
    const item = { ...notification, ...own };
    if (archivedAt !== null || snoozedUntil !== null) byId.delete(id);
    else if (state.floor === undefined || compareIds(placeOf(item), state.floor) >= 0) byId.set(id, item);
  }
  const items = [...byId.values()].sort((a, b) => compareIds(placeOf(b), placeOf(a)));
  const last = items[state.keep - 1];
  if (items.length <= state.keep || last === undefined) return { ...state, items };
  return { ...state, items: items.slice(0, state.keep), floor: placeOf(last), older: placeOf(last) };
}

/** Whether what a frame tells of, and is not held, is none of the list. */
export function isPutAway({ position, returned = false }: Pick<Notification, 'position' | 'returned'>, after: string | undefined): boolean {
  return !returned && after !== undefined && compareIds(position, after) <= 0;
}

/** Whether a change speaks of this notification. */
export function covers({ ids, asOf, upTo }: ReceiptChange, item: Pick<Notification, 'id' | 'position' | 'surfaced'>): boolean {
  const { id, position } = item;
  if (upTo !== undefined && compareIds(placeOf(item), upTo) <= 0) return true;
  return ids?.includes(id) === true && (asOf === undefined || compareIds(position, asOf) <= 0);
}

/** What an admin does here: a receipt, or what is everybody's. */
export interface Change extends ReceiptChange {
  set?: Partial<Pick<Notification, 'claimedBy' | 'resolvedAt' | 'resolvedBy'>>;
}

/**
 * The items after an admin's own change: the same array where that makes no difference. `at` stands in for the time, which a receipt does
 * not carry.
 */
export function applyReceipt(items: readonly Notification[], change: Change, at: string): readonly Notification[] {
  const gone = change.withdrawn === true || change.archived === true || (change.snoozedUntil ?? null) !== null;
  // Thousands may be held, and few are named.
  const named = new Set(change.ids);
  let after: Notification[] | undefined;
  items.forEach((item, index) => {
    const isCovered = (change.upTo !== undefined || named.has(item.id)) && covers(change, item);
    const then = !isCovered ? item : gone ? undefined : changed(item, change, at);
    if (then !== item) after ??= items.slice(0, index);
    if (then) after?.push(then);
  });
  return after ?? items;
}

/** Of thousands that a mark reaches most were so before: those stay the same objects, and nothing is drawn or worked out anew. */
function changed(item: Notification, { read, seen, set }: Change, at: string): Notification {
  const readAt = moment(item.readAt, read, at);
  // What was read was seen.
  const seenAt = moment(item.seenAt, read === true ? true : seen, at);
  return !set && readAt === item.readAt && seenAt === item.seenAt ? item : { ...item, readAt, seenAt, ...set };
}

function moment(known: string | null, now: boolean | undefined, at: string): string | null {
  if (now === undefined) return known;
  return now ? (known ?? at) : null;
}
