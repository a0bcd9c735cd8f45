import { applyReceipt, covers, isUnread, type Change } from './items.js';
import type { Count, Counts, Notification, ReceiptChange } from './wire.js';

/** What the admin has done here and the server has not confirmed yet. */
export interface Mark {
  key: number;
  change: Change;
  /** When, RFC 3339. */
  at: string;
}

type CountsChange = { of: keyof Counts; by: number } | { of: keyof Counts; to: number };

/** A mark under way, laid over the server's word until it is confirmed or taken back. */
export interface PendingMark extends Mark {
  /** The stream has spoken of the same thing since: its word stands, whatever the answer to the request. */
  overtaken: boolean;
  /** What it does to the counts; undefined once absolute counts have come, which include it or will be followed. */
  counts: CountsChange | undefined;
}

export interface Marked {
  /** Whose inbox; undefined until the stream says so. */
  user: string | undefined;
  items: readonly Notification[];
  counts: Counts | undefined;
  marks: readonly PendingMark[];
}

/** Lays a mark over what is known. */
export function addMark<S extends Marked>(state: S, mark: Mark): S {
  const pending = { ...mark, overtaken: false, counts: countsChange({ ...state, ...overlaid(state) }, mark.change) };
  return { ...state, marks: [...state.marks, pending] };
}

/** The server did it, so. */
export function confirmMark<S extends Marked>(state: S, key: number, change?: Change): S {
  const mark = state.marks.find((m) => m.key === key);
  if (!mark) return state;
  const items = mark.overtaken ? state.items : applyReceipt(state.items, change ?? mark.change, mark.at);
  return { ...takeBackMark(state, key), items, counts: applyCounts(state.counts, mark.counts) };
}

/** The server did not do it: all is as it would be without. */
export function takeBackMark<S extends Marked>(state: S, key: number): S {
  return { ...state, marks: state.marks.filter((mark) => mark.key !== key) };
}

/** Notes that the stream spoke of what marks are about. */
export function overtakeMarks<S extends Marked>(state: S, change: ReceiptChange): S {
  if (state.marks.length === 0) return state;
  const marks = state.marks.map((m) => (overlap(m.change, change) ? { ...m, overtaken: true } : m));
  return { ...state, marks };
}

/** Notes that the stream told how these stand: for everybody's business its word is newer than what was asked here. */
export function overtakeClaims<S extends Marked>(state: S, told: readonly Notification[]): S {
  if (!state.marks.some(({ change }) => change.set)) return state;
  const isTold = ({ change }: Mark): boolean => change.set !== undefined && told.some((item) => covers(change, item));
  return { ...state, marks: state.marks.map((mark) => (isTold(mark) ? { ...mark, overtaken: true } : mark)) };
}

/** Takes over absolute counts; guesses about them end. */
export function takeCounts<S extends Marked>(state: S, { unread, unseen }: Counts): S {
  return { ...state, counts: { unread, unseen }, marks: unguessed(state.marks) };
}

/** The same marks, with nothing more to say about counts. */
export function unguessed(marks: readonly PendingMark[]): PendingMark[] {
  return marks.map((mark) => ({ ...mark, counts: undefined }));
}

/** What the admin sees: the server's word with their own latest marks over it. */
export function overlaid({ items, counts, marks }: Omit<Marked, 'user'>): Pick<Marked, 'items' | 'counts'> {
  return {
    items: marks.reduce((list, { change, at }) => applyReceipt(list, change, at), items),
    counts: marks.reduce((sum, mark) => applyCounts(sum, mark.counts), counts),
  };
}

const fields = ['read', 'seen', 'archived', 'snoozedUntil'] as const;

function overlap(a: ReceiptChange, b: ReceiptChange): boolean {
  if (!fields.some((field) => a[field] !== undefined && b[field] !== undefined)) return false;
  if (a.upTo !== undefined && b.upTo !== undefined) return true;
  return namesOneOf(a, b) || namesOneOf(b, a);
}

function namesOneOf({ ids = [], asOf }: ReceiptChange, other: ReceiptChange): boolean {
  return ids.some((id) => covers(other, { id, position: asOf ?? id }));
}

function countsChange({ user, items }: Pick<Marked, 'user' | 'items'>, change: Change): CountsChange | undefined {
  const { seen, upTo } = change;
  const unread = (list: readonly Notification[]): number => list.filter((item) => isUnread(item, user)).length;
  if (upTo === undefined) {
    const covered = items.filter((item) => covers(change, item));
    return { of: 'unread', by: unread(applyReceipt(covered, change, '')) - unread(covered) };
  }
  const left = items.filter((item) => !covers(change, item));
  return seen === true ? { of: 'unseen', to: left.filter((i) => i.seenAt === null).length } : { of: 'unread', to: unread(left) };
}

function applyCounts(counts: Counts | undefined, change: CountsChange | undefined): Counts | undefined {
  if (!counts || !change) return counts;
  return { ...counts, [change.of]: 'to' in change ? exactly(change.to) : shift(counts[change.of], change.by) };
}

function exactly(count: number): Count {
  return { count, capped: false };
}

function shift(known: Count, by: number): Count {
  // One off "1,000 or more" may still be that.
  return known.capped ? known : exactly(Math.max(0, known.count + by));
}
