import type { Feed } from './feed.js';
import { InTurn } from './in-turn.js';
import { isUnread, type Change } from './items.js';
import type { Rest, Undo } from './rest.js';
import type { Action, State } from './state.js';
import { placeOf, type Notification } from './wire.js';

/** What marks need of the client whose they are. */
export interface MarkContext {
  rest: Rest;
  user: () => string | undefined;
  /** As the server told it, and as the admin sees it. */
  state: () => State;
  view: () => State;
  feeds: ReadonlySet<Feed>;
  dispatch: (action: Action) => void;
  /** Says whether it is for want of a sign-in. */
  noteSignOut: (error: unknown) => boolean;
  onFailed: (error: unknown) => void;
}

interface LastAllRead {
  /** Of what is held, what it made read. */
  ids: string[];
  /** What takes it back, once it is answered: null where nothing was unread, undefined from a server that does not say. */
  undo: Undo | null | undefined;
}

/**
 * What an admin does to their inbox: each shows at once, is asked of the server in its turn, and is taken back where the server does not
 * do it. All come to whether it was done.
 */
export class OwnMarks {
  private lastKey = 0;
  private lastAllRead: LastAllRead | undefined;
  private readonly inTurn = new InTurn();

  constructor(private readonly context: MarkContext) {}

  forget(): void {
    this.lastAllRead = undefined;
  }

  /** Raised again meanwhile, it is not what was marked. */
  async asTheyStand(some: string | readonly string[], change: Change, ask: (ids: readonly string[]) => Promise<unknown>): Promise<boolean> {
    const ids = typeof some === 'string' ? [some] : [...some];
    if (ids.length === 0) return true;
    const asOf = this.context.state().items.find((item) => ids.includes(item.id))?.position;
    return this.mark({ ...change, ids, ...(asOf !== undefined && { asOf }) }, () => ask(ids));
  }

  async allRead(): Promise<boolean> {
    const { rest, user, view } = this.context;
    const { items } = view();
    const upTo = items[0] && placeOf(items[0]);
    if (upTo === undefined) return true;
    const ids = items.filter((item) => isUnread(item, user())).map(({ id }) => id);
    const last: LastAllRead = { ids, undo: null };
    this.lastAllRead = last;
    return this.mark({ upTo, read: true }, async () => (last.undo = await rest.markAllRead(upTo)));
  }

  async undoAllRead(): Promise<boolean> {
    const last = this.lastAllRead;
    this.lastAllRead = undefined;
    if (!last) return true;
    return this.mark({ ids: last.ids, read: false }, async () => {
      const { ids, undo } = last;
      if (undo) await this.context.rest.takeBack(undo);
      // A server that does not say what takes it back.
      else if (undo === undefined && ids.length > 0) await this.context.rest.mark('unread', ids);
    });
  }

  async seen(): Promise<void> {
    const { items, counts } = this.context.view();
    const [newest] = items;
    // Of what was read and is unread again the server alone knows whether it was seen besides.
    if (!newest || (counts?.unseen.count === 0 && items.every(({ seenAt }) => seenAt !== null))) return;
    const upTo = placeOf(newest);
    await this.mark({ upTo, seen: true }, () => this.context.rest.markSeen(upTo));
  }

  private async mark(change: Change, ask: () => Promise<unknown>): Promise<boolean> {
    const { dispatch, feeds, noteSignOut, onFailed } = this.context;
    const user = this.context.user();
    const isTheirs = (): boolean => user === undefined || user === this.context.user();
    const key = ++this.lastKey;
    const mark = { key, change, at: now() };
    let done = change;
    dispatch({ type: 'marked', mark });
    try {
      await this.inTurn.ask(change, async () => {
        // It has waited until somebody else had signed in, and would be asked for as theirs.
        if (isTheirs()) done = asAnswered(change, await ask());
      });
      if (!isTheirs()) return false;
      for (const feed of feeds) feed.settle({ ...mark, change: done });
      dispatch({ type: 'mark confirmed', key, change: done });
      return true;
    } catch (error) {
      dispatch({ type: 'mark failed', key });
      if (!isTheirs()) return false;
      // That something was looked at nobody asked to be noted: it is tried again when the panel is opened next.
      if (!noteSignOut(error) && change.seen === undefined) onFailed(error);
      return false;
    } finally {
      for (const feed of feeds) feed.refresh();
    }
  }
}

/** Where others were faster, or there was nothing to do, everybody's business is not as it was guessed. */
function asAnswered(change: Change, answer: unknown): Change {
  if (!change.set) return change;
  const { id, claimedBy, resolvedAt, resolvedBy } = answer as Notification;
  return id ? { ...change, set: { claimedBy, resolvedAt, resolvedBy } } : change;
}

export const now = (): string => new Date().toISOString();
