import { applyReceipt, hold, isUnread, type Change, type Held } from './items.js';
import { addMark, confirmMark, overlaid, overtakeClaims, overtakeMarks, takeBackMark, takeCounts, unguessed, type Mark, type Marked } from './marks.js';
import { compareIds, placeOf, type Counts, type Frame, type Notification, type Page } from './wire.js';

/** Newest notifications held without anybody having paged to more. Unit: notifications. */
export const keepNewest = 200;

/** All that one bell knows. Pure data; `reduce` is the only way from one to the next. */
export interface State extends Held, Marked {
  /** The first page has arrived. */
  loaded: boolean;
  /** After `ready`: what arrives is news. Before it, replay. */
  live: boolean;
  /** Id of the last frame: what a new connection resumes from. */
  cursor: string | undefined;
  /** Pages under way, and the frames that came meanwhile: a page may be older than they are. */
  pagesUnderWay: number;
  meanwhile: readonly Told[];
}

/** A frame, and the position that it goes on from; undefined where none was given before. */
interface Told {
  frame: Frame;
  after: string | undefined;
}

export type Action =
  | { type: 'frame'; frame: Frame; at: string }
  | { type: 'disconnected' }
  | { type: 'page requested' }
  | { type: 'page loaded'; page: Page; place: 'newest' | 'older'; at: string }
  | { type: 'page failed' }
  | { type: 'counts loaded'; counts: Counts }
  | { type: 'marked'; mark: Mark }
  | { type: 'mark confirmed'; key: number; change?: Change }
  | { type: 'mark failed'; key: number };

export const initialState: State = {
  user: undefined,
  items: [],
  floor: undefined,
  older: undefined,
  keep: keepNewest,
  counts: undefined,
  marks: [],
  loaded: false,
  live: false,
  cursor: undefined,
  pagesUnderWay: 0,
  meanwhile: [],
};

/** The next state. Frames are absolute: a part of the stream given again, up to its end, changes nothing. */
export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'frame':
      return { ...onFrame(state, action.frame, action.at), cursor: action.frame.id };
    case 'disconnected':
      return { ...state, live: false };
    case 'page requested':
      return { ...state, pagesUnderWay: state.pagesUnderWay + 1 };
    case 'page loaded':
      return onPage(state, action.page, action.place, action.at);
    case 'page failed':
      return pageDone(state);
    case 'counts loaded':
      return takeCounts(state, action.counts);
    case 'marked':
      return addMark(state, action.mark);
    case 'mark confirmed':
      return confirmMark(state, action.key, action.change);
    case 'mark failed':
      return takeBackMark(state, action.key);
  }
}

function onFrame(state: State, frame: Frame, at: string): State {
  switch (frame.event) {
    case 'hello':
      return { ...state, live: false, user: frame.data.user };
    case 'reset':
      // Pages under way are of the time before; whoever asked for them lets go of them.
      return { ...initialState, user: state.user, counts: state.counts, live: state.live, marks: isSameJournal(frame.data.reason) ? unguessed(state.marks) : [] };
    case 'notifications':
    case 'receipts': {
      const told = { frame, after: positionOf(state.cursor) };
      return applyEntries(state.pagesUnderWay > 0 ? { ...state, meanwhile: [...state.meanwhile, told] } : state, told, at);
    }
    case 'counts':
      return takeCounts(state, frame.data);
    case 'ready':
      return { ...takeCounts(state, frame.data), live: true };
    case 'preferences':
    case 'metrics':
    case 'goodbye':
      return state;
  }
}

/** Only so much was missed: an id still is what it was, and what is under way holds for the list that comes now. */
function isSameJournal(reason: string): boolean {
  return reason === 'purged' || reason === 'behind';
}

/** A cursor is `<epoch>-<position>`. */
export function positionOf(cursor: string | undefined): string | undefined {
  return cursor?.slice(cursor.lastIndexOf('-') + 1);
}

function applyEntries(state: State, { frame, after }: Told, at: string): State {
  // Dropping the oldest while the page below them is under way would leave a hole between the two.
  const keep = state.pagesUnderWay > 0 ? Infinity : state.keep;
  if (frame.event === 'notifications') return { ...overtakeClaims(hold({ ...state, keep }, frame.data, after), frame.data), keep: state.keep };
  if (frame.event !== 'receipts') return state;
  return frame.data.reduce<State>(
    (s, change) => ({ ...overtakeMarks(s, change), items: applyReceipt(s.items, change, at) }),
    state,
  );
}

/** A newest page begins anew; an older one is put below what is held. */
function onPage(state: State, { data, pageInfo }: Page, place: 'newest' | 'older', at: string): State {
  const items = place === 'newest' ? [] : state.items;
  const merged = hold({ ...state, items, floor: undefined, keep: Infinity }, data);
  const more = pageInfo.hasMore && pageInfo.before !== null;
  const keep = Math.max(place === 'newest' ? keepNewest : state.keep, merged.items.length);
  const last = data.at(-1);
  const floor = more ? (last ? placeOf(last) : state.floor) : undefined;
  const page: State = { ...merged, floor, older: more ? (pageInfo.before ?? undefined) : undefined, keep, loaded: true };
  // Once more, on top of the page: where it knew them already, that changes nothing.
  return pageDone(state.meanwhile.reduce((s, told) => applyEntries(s, told, at), page));
}

function pageDone(state: State): State {
  const pagesUnderWay = Math.max(0, state.pagesUnderWay - 1);
  return { ...state, pagesUnderWay, meanwhile: pagesUnderWay > 0 ? state.meanwhile : [] };
}

/** What the admin sees: the server's word with their own latest marks over it. */
export function viewOf(state: State): State {
  return state.marks.length === 0 ? state : { ...state, ...overlaid(state) };
}

/**
 * What in a frame is news, worth a word: came after `ready`, stands above all that was told before, and is unread. What is held already
 * and comes up again is not: a progress that rings twice a second would be said twice a second. The badge tells of it. That it was escalated
 * is: it happens once. So is what a page was quicker to bring than the frame that tells of it.
 */
export function arrivals(state: State, frame: Frame): Notification[] {
  if (frame.event !== 'notifications' || !state.live) return [];
  const told = positionOf(state.cursor) ?? '0';
  const isNews = ({ id, position, escalatedAt }: Notification): boolean => {
    const held = state.items.find((item) => item.id === id);
    return held?.position === position || (held ? !held.escalatedAt && Boolean(escalatedAt) : true);
  };
  return frame.data.filter((item) => isUnread(item, state.user) && compareIds(placeOf(item), told) > 0 && isNews(item));
}
