/** What an event id may look like at all; anything else is refused before a stream opens. */
const CURSOR_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;
const EVENT_ID = /^([a-z0-9]+)-(\d{1,19})$/;
const MAX_POSITION = 2n ** 63n - 1n;

/** A place in one journal: what an event id says. */
export interface Cursor {
  epoch: string;
  position: bigint;
}

/** Why a cursor can't be served, as `reset` says it. */
export type ResetReason =
  | 'unknown' // not an event id of ours
  | 'foreign' // of another journal: restored, replaced, or another database; or of an epoch that ended below it
  | 'ahead' // beyond the journal's end: the journal went back
  | 'purged' // below what is kept
  | 'behind'; // kept, but more than one replay gives

export function isWellFormedCursor(text: string): boolean {
  return CURSOR_PATTERN.test(text);
}

/** `<epoch>-<position>`; stays within what a browser sends back without asking first. */
export function formatCursor({ epoch, position }: Cursor): string {
  return `${epoch}-${position}`;
}

/** @returns undefined when it is not an event id of ours */
export function parseCursor(text: string): Cursor | undefined {
  const match = EVENT_ID.exec(text);
  if (!match?.[1] || !match[2]) return undefined;
  const position = BigInt(match[2]);
  return position > MAX_POSITION ? undefined : { epoch: match[1], position };
}

/** One life of the journal; it ends where the next begins. */
export interface Epoch {
  name: string;
  /** The last position that was given before it began. */
  since: bigint;
}

/** The stretch of the journal that can be served. */
export interface Reach {
  /** Oldest first; the last one is now. */
  epochs: readonly Epoch[];
  /** Entries above this position are kept. */
  floor: bigint;
  /** Position of the last entry. */
  head: bigint;
  /** The most positions that one replay goes back over. */
  longestReplay: bigint;
}

/** Where a session begins: at a position it can be served from, or with a reason to say `reset`. */
export type Place = { position: bigint } | { reset: ResetReason };

export function placeCursor(text: string, reach: Reach): Place {
  const cursor = parseCursor(text);
  if (!cursor) return { reset: 'unknown' };
  if (!isOfThisJournal(cursor, reach.epochs)) return { reset: 'foreign' };
  if (cursor.position > reach.head) return { reset: 'ahead' };
  if (cursor.position < reach.floor) return { reset: 'purged' };
  if (reach.head - cursor.position > reach.longestReplay) return { reset: 'behind' };
  return { position: cursor.position };
}

/** Whether a cursor speaks of this journal: entries of an earlier epoch are the same up to where the next one began. */
export function isOfThisJournal({ epoch, position }: Cursor, epochs: readonly Epoch[]): boolean {
  const index = epochs.findIndex(({ name }) => name === epoch);
  const next = epochs[index + 1];
  return index >= 0 && (next === undefined || position <= next.since);
}
