import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { arrivals, initialState, keepNewest, reduce, viewOf, type Action, type State } from './state.js';
import { isUnread, type Change } from './items.js';
import { compareIds, placeOf, type Counts, type Frame, type Notification, type Page, type ReceiptChange } from './wire.js';

/** Positions beyond 2^53, where neighbours are one and the same Number. */
const first = 9_007_199_254_740_990n;
const at = '2026-11-24T10:00:00.000Z';
const idAt = (position: number): string => String(first + BigInt(position));

function notification(id: string, fields: Partial<Notification> = {}): Notification {
  return {
    id, position: id, topic: 'order.created', severity: 'info', title: `New order ${id}`, body: null, link: null, source: null,
    actor: null, occurrences: 1, createdAt: at, updatedAt: at, resolvedAt: null, resolvedBy: null, claimedBy: null,
    expiresAt: null, readAt: null, seenAt: null, archivedAt: null, snoozedUntil: null, surfaced: null, ...fields,
  };
}

const counts = (unread: number, unseen = 0, capped = false): Counts => ({
  unread: { count: unread, capped }, unseen: { count: unseen, capped: false },
});

const hello = (id = 'e-0'): Frame => (
  { event: 'hello', id, data: { user: 'ann', resumed: false, retryMs: 1000, heartbeatMs: 20_000 } });
const arrive = (...ids: string[]): Frame => (
  { event: 'notifications', id: `e-${ids.at(-1) ?? '0'}`, data: ids.map((id) => notification(id)) });
const run = (actions: readonly (Frame | Action)[], state: State = initialState): State =>
  actions.reduce((s, a) => reduce(s, 'type' in a ? a : { type: 'frame', frame: a, at }), state);

/** A server's journal: each entry is a new notification, one that comes back from a snooze, or an admin's own change. */
type Entry = { kind: 'new' } | { kind: 'surfaces'; back: number } | { kind: 'receipt'; change: { back: number[] } | { upToBack: number }; read: boolean };

const entries = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Entry>({ kind: 'new' }) },
    fc.record({ kind: fc.constant('surfaces' as const), back: fc.nat(6) }),
    fc.record({
      kind: fc.constant('receipt' as const),
      change: fc.oneof(
        fc.record({ back: fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }) }),
        fc.record({ upToBack: fc.nat(8) }),
      ),
      read: fc.boolean(),
    }),
  ),
  { maxLength: 40 },
);

/** The frames of a journal, one per entry, and what an inbox holds after each of them, newest first. */
function serve(journal: readonly Entry[]): { frames: Frame[]; inboxes: Notification[][] } {
  const frames: Frame[] = [];
  const inboxes: Notification[][] = [[]];
  for (const [position, entry] of journal.entries()) {
    const inbox = inboxes.at(-1) ?? [];
    const id = `e-${idAt(position)}`;
    if (entry.kind === 'new') {
      frames.push({ event: 'notifications', id, data: [notification(idAt(position))] });
      inboxes.push([notification(idAt(position)), ...inbox]);
      continue;
    }
    if (entry.kind === 'surfaces') {
      const old = inbox[entry.back];
      const item = old && { ...old, readAt: null, seenAt: null, surfaced: idAt(position) };
      frames.push({ event: 'notifications', id, data: item ? [{ ...item, returned: true }] : [] });
      inboxes.push(item ? [item, ...inbox.filter((one) => one !== old)] : inbox);
      continue;
    }
    const change: ReceiptChange = 'back' in entry.change
      ? { ids: entry.change.back.flatMap((back) => inbox[back]?.id ?? []), read: entry.read }
      : { upTo: inbox.map(placeOf)[entry.change.upToBack] ?? '0', read: true, seen: true };
    frames.push({ event: 'receipts', id, data: [change] });
    inboxes.push(inbox.map((item) => {
      const hit = change.ids ? change.ids.includes(item.id) : BigInt(placeOf(item)) <= BigInt(change.upTo ?? '0');
      if (!hit) return item;
      return { ...item, readAt: change.read ? (item.readAt ?? at) : null, seenAt: change.read || change.seen ? (item.seenAt ?? at) : item.seenAt };
    }));
  }
  return { frames, inboxes };
}

const page = (inbox: readonly Notification[], limit: number, before?: string): Page => {
  const older = before === undefined ? inbox : inbox.filter((item) => BigInt(placeOf(item)) < BigInt(before));
  const data = older.slice(0, limit);
  const [after = null, last = null] = [data.map(placeOf)[0], data.map(placeOf).at(-1)];
  return { data, pageInfo: { before: last, after, hasMore: older.length > limit } };
};

describe('ids', () => {
  it('are ordered as the 64-bit numbers they are', () => {
    fc.assert(fc.property(fc.bigInt(0n, 2n ** 63n - 1n), fc.bigInt(0n, 2n ** 63n - 1n), (a, b) => {
      expect(Math.sign(compareIds(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
    }));
  });
});

describe('the stream', () => {
  it('holds what the inbox holds, newest first', () => {
    fc.assert(fc.property(entries, (journal) => {
      const { frames, inboxes } = serve(journal);
      expect(run(frames).items).toEqual(inboxes.at(-1));
    }));
  });

  it('tells of what the admin has put away without bringing it back; what they have back, it brings', () => {
    const [one, two] = [idAt(1), idAt(2)];
    const archived: Frame = { event: 'receipts', id: `e-${idAt(3)}`, data: [{ ids: [two], archived: true }] };
    const claimed: Frame = { event: 'notifications', id: `e-${idAt(4)}`, data: [notification(two, { claimedBy: 'bob' })] };
    const back: Frame = { event: 'notifications', id: `e-${idAt(5)}`, data: [notification(two, { claimedBy: 'bob', returned: true })] };
    const away = run([hello(), arrive(one), arrive(two), { event: 'ready', id: `e-${two}`, data: counts(2) }, archived]);
    expect(run([claimed], away).items).toEqual(away.items);
    expect(arrivals(away, claimed)).toEqual([]);
    expect(run([claimed, back], away).items.map(({ id }) => id)).toEqual([two, one]);
    // While a page is under way, which may be of before or after.
    const page = (...items: Notification[]): Action => ({ type: 'page loaded', place: 'newest', at, page: { data: items, pageInfo: { before: null, after: null, hasMore: false } } });
    const asked = run([{ type: 'page requested' }, arrive(idAt(6)), claimed], away);
    expect(run([page(notification(one))], asked).items.map(({ id }) => id)).toEqual([idAt(6), one]);
  });

  it('given again from any place to its end changes nothing', () => {
    fc.assert(fc.property(entries, fc.nat(), (journal, n) => {
      const { frames } = serve(journal);
      const once = run(frames);
      expect(run(frames.slice(n % (frames.length + 1)), once)).toEqual(once);
    }));
  });

  it('gives the same however it is cut into frames', () => {
    fc.assert(fc.property(entries, fc.array(fc.boolean()), (journal, joints) => {
      const { frames } = serve(journal);
      const joined: Frame[] = [];
      for (const [i, frame] of frames.entries()) {
        const last = joined.at(-1);
        if (joints[i] && last?.event === 'notifications' && frame.event === 'notifications') {
          joined[joined.length - 1] = { ...frame, data: [...last.data, ...frame.data] };
        } else if (joints[i] && last?.event === 'receipts' && frame.event === 'receipts') {
          joined[joined.length - 1] = { ...frame, data: [...last.data, ...frame.data] };
        } else joined.push(frame);
      }
      expect(run(joined)).toEqual(run(frames));
    }));
  });

  it('is news once where what is held is escalated, and never in replay', () => {
    const held = run([hello(), arrive(idAt(1), idAt(2)), { event: 'ready', id: `e-${idAt(2)}`, data: counts(2) }]);
    const escalated = (position: string, fields: Partial<Notification> = {}): Frame =>
      ({ event: 'notifications', id: `e-${position}`, data: [notification(idAt(1), { position, escalatedAt: at, ...fields })] });
    const raised = escalated(idAt(3));
    expect(arrivals(held, raised).map(({ id }) => id)).toEqual([idAt(1)]);
    expect(arrivals(held, escalated(idAt(3), { claimedBy: 'bob' }))).toEqual([]);
    expect(arrivals(held, escalated(idAt(3), { escalatedAt: null }))).toEqual([]);
    expect(arrivals(run([raised], held), escalated(idAt(4)))).toEqual([]);
    expect(arrivals(run([{ type: 'disconnected' }, hello('e-2')], held), raised)).toEqual([]);
  });

  it('carries the cursor in every frame, and counts are what the last one said', () => {
    const state = run([hello('e-4'), { event: 'ready', id: 'e-5', data: counts(7, 2) },
      { event: 'counts', id: 'e-6', data: counts(8, 3) }]);
    expect(state.cursor).toBe('e-6');
    expect(state.counts).toEqual(counts(8, 3));
  });

  it('drops all it holds at a reset, and keeps the new cursor', () => {
    const state = run([arrive(idAt(1)), { event: 'reset', id: 'f-9', data: { reason: 'foreign' } }]);
    expect(state).toMatchObject({ items: [], loaded: false, cursor: 'f-9', live: false });
    const live = run([{ event: 'ready', id: 'e-1', data: counts(0) }, { event: 'reset', id: 'f-9', data: { reason: 'foreign' } }]);
    expect(live.live).toBe(true);
  });

  it('keeps a bounded number, without a hole above the floor', () => {
    const ids = Array.from({ length: keepNewest + 50 }, (_, i) => idAt(i));
    const state = run(ids.map((id) => arrive(id)));
    expect(state.items.map(({ id }) => id)).toEqual(ids.slice(50).reverse());
    expect(state).toMatchObject({ floor: idAt(50), older: idAt(50) });
    expect(run([arrive(idAt(3))], state).items).toHaveLength(keepNewest);
  });

  it('replaces a known notification in its place, and lets go of an archived one', () => {
    const state = run([arrive(idAt(1), idAt(2), idAt(3)),
      { event: 'notifications', id: 'e-9', data: [notification(idAt(2), { title: 'Changed' })] }]);
    expect(state.items.map(({ title }) => title)).toEqual([`New order ${idAt(3)}`, 'Changed', `New order ${idAt(1)}`]);
    const read: Frame = { event: 'receipts', id: 'e-9', data: [{ ids: [idAt(1)], read: true }] };
    expect(run([read, arrive(idAt(1))], state).items.at(-1)?.readAt).toBe(at);
    const change: ReceiptChange = { ids: [idAt(2)], archived: true };
    expect(run([{ event: 'receipts', id: 'e-10', data: [change] }], state).items).toHaveLength(2);
  });
});

describe('what lives on', () => {
  const raise = (id: string, position: string, fields: Partial<Notification> = {}): Frame => (
    { event: 'notifications', id: `e-${position}`, data: [notification(id, { position, ...fields })] });
  const receipts = (frameId: string, change: ReceiptChange): Frame => ({ event: 'receipts', id: frameId, data: [change] });
  const held = run([arrive(idAt(1), idAt(2)), receipts('e-3', { ids: [idAt(1)], asOf: idAt(2), read: true })]);

  it('comes up on top and unread when it is raised again, as one item', () => {
    const { items } = run([raise(idAt(1), idAt(5), { title: 'Again', occurrences: 2 })], held);
    expect(items.map(({ id, title, readAt }) => [id, title, readAt])).toEqual([
      [idAt(1), 'Again', null], [idAt(2), `New order ${idAt(2)}`, null],
    ]);
  });

  it('stays read where it only changed, and as it is where an older word comes late', () => {
    const resolved = run([raise(idAt(1), idAt(1), { resolvedAt: at })], held).items[1];
    expect(resolved).toMatchObject({ id: idAt(1), readAt: at, resolvedAt: at });
    const raised = run([raise(idAt(1), idAt(5))], held);
    expect(run([raise(idAt(1), idAt(1)), receipts('e-6', { ids: [idAt(1)], asOf: idAt(4), read: true })], raised).items).toEqual(raised.items);
    expect(run([receipts('e-7', { ids: [idAt(1)], asOf: idAt(5), read: true })], raised).items[0]?.readAt).toBe(at);
    expect(run([receipts('e-7', { upTo: idAt(4), read: true })], raised).items.map(({ readAt }) => readAt)).toEqual([null, at]);
  });

  it('stays where it came back to from a snooze, whatever is said to all of it, until it is raised again', () => {
    const live = run([{ event: 'ready', id: 'e-3', data: counts(1) }], held);
    const gone = run([receipts('e-4', { ids: [idAt(1)], asOf: idAt(3), snoozedUntil: '2026-11-25T10:00:00.000Z' })], live);
    const back: Frame = { event: 'notifications', id: `e-${idAt(5)}`, data: [notification(idAt(1), { surfaced: idAt(5), returned: true })] };
    // That is what it was snoozed for.
    expect(arrivals(gone, back).map(({ id }) => id)).toEqual([idAt(1)]);
    const top = run([back], gone);
    const claimed = run([raise(idAt(1), idAt(1), { claimedBy: 'bob' })], top);
    expect(claimed.items.map(({ id, claimedBy }) => [id, claimedBy])).toEqual([[idAt(1), 'bob'], [idAt(2), null]]);
    expect(run([receipts('e-6', { upTo: idAt(4), read: true })], top).items.map(({ readAt }) => readAt)).toEqual([null, at]);
    expect(run([receipts('e-6', { ids: [idAt(1)], asOf: idAt(4), read: true })], top).items[0]?.readAt).toBe(at);
    expect(run([arrive(idAt(6)), raise(idAt(1), idAt(7))], claimed).items.map(placeOf)).toEqual([idAt(7), idAt(6), idAt(2)]);
  });

  it('is gone where it was withdrawn, unless it came by another way', () => {
    const withdrawn = receipts('e-6', { ids: [idAt(1)], asOf: idAt(1), withdrawn: true });
    expect(run([withdrawn], held).items.map(({ id }) => id)).toEqual([idAt(2)]);
    expect(run([withdrawn, raise(idAt(1), idAt(7))], held).items.map(({ id }) => id)).toEqual([idAt(1), idAt(2)]);
    expect(run([withdrawn], run([raise(idAt(1), idAt(7))], held)).items).toHaveLength(2);
  });

  it('is no news again while it is held, and none at all when it is resolved', () => {
    const live = run([{ event: 'ready', id: 'e-3', data: counts(1) }], held);
    expect(arrivals(live, raise(idAt(1), idAt(5)))).toEqual([]);
    expect(arrivals(live, raise(idAt(6), idAt(6), { resolvedAt: at }))).toEqual([]);
    expect(arrivals(live, raise(idAt(0), idAt(6))).map(({ id }) => id)).toEqual([idAt(0)]);
  });
});

describe('pages beside the stream', () => {
  // A page is a snapshot of some moment between its request and its arrival; the stream goes on meanwhile.
  const timing = fc.record({ asked: fc.nat(40), taken: fc.nat(40), come: fc.nat(40), limit: fc.integer({ min: 1, max: 10 }) });

  it('end in the same state, whenever the page was asked for, taken and received', () => {
    fc.assert(fc.property(entries, timing, timing, (journal, newest, next) => {
      const { frames, inboxes } = serve(journal);
      const [asked = 0, taken = 0, come = 0] = [newest.asked, newest.taken, newest.come]
        .map((n) => Math.min(n, frames.length)).sort((a, b) => a - b);
      let state = run([{ type: 'page requested' }, ...frames.slice(asked, come)]);
      const answer = page(inboxes[taken] ?? [], newest.limit);
      state = run([{ type: 'page loaded', page: answer, place: 'newest', at }], state);

      const cut = (n: number): number => come + Math.min(n, frames.length - come);
      const [asked2 = 0, taken2 = 0, come2 = 0] = [next.asked, next.taken, next.come].map(cut).sort((a, b) => a - b);
      state = run(frames.slice(come, asked2), state);
      const before = state.older;
      if (before !== undefined) state = run([{ type: 'page requested' }], state);
      state = run(frames.slice(asked2, come2), state);
      if (before !== undefined) {
        const older = page(inboxes[taken2] ?? [], next.limit, before);
        state = run([{ type: 'page loaded', page: older, place: 'older', at }], state);
      }
      state = run(frames.slice(come2), state);

      const floor = state.floor;
      const inbox = inboxes.at(-1) ?? [];
      expect(state.items).toEqual(floor === undefined ? inbox : inbox.filter((item) => compareIds(placeOf(item), floor) >= 0));
      expect(state).toMatchObject({ pagesUnderWay: 0, meanwhile: [], loaded: true });
    }), { numRuns: 500 });
  });
});

describe('an older page', () => {
  it('goes on below the place that the last one had come back to', () => {
    const data = [notification(idAt(9)), notification(idAt(2), { surfaced: idAt(7) })];
    const loaded: Action = { type: 'page loaded', page: { data, pageInfo: { before: idAt(7), after: idAt(9), hasMore: true } }, place: 'newest', at };
    const state = run([{ type: 'page requested' }, loaded, arrive(idAt(5))]);
    expect(state.items).toEqual(data);
    expect(state).toMatchObject({ floor: idAt(7), older: idAt(7) });
  });

  it('joins what is held without a hole, whatever arrived while it was under way', () => {
    const ids = Array.from({ length: keepNewest + 60 }, (_, i) => idAt(i));
    const inbox = ids.map((id) => notification(id)).reverse();
    const state = run([{ type: 'page requested' },
      { type: 'page loaded', page: page(inbox.slice(20), keepNewest), place: 'newest', at }, { type: 'page requested' },
      ...ids.slice(-20).map((id) => arrive(id)),
      { type: 'page loaded', page: page(inbox, 30, idAt(40)), place: 'older', at }]);
    expect(state.items).toEqual(inbox.slice(0, keepNewest + 20 + 30));
  });
});

describe('marks', () => {
  const setUp = (): State => run([arrive(idAt(1), idAt(2), idAt(3)), { event: 'ready', id: 'e-3', data: counts(3, 3) }]);
  const mark = (key: number, change: Change): Action => ({ type: 'marked', mark: { key, change, at } });

  it.each([
    ['purged', [null, at, null]],
    ['behind', [null, at, null]],
    // Another journal's ids are others.
    ['foreign', [null, null, null]],
  ])('that are under way at a reset as %s stand over the list that comes then, or not', (reason, readAt) => {
    const before = setUp();
    const state = run([
      mark(1, { ids: [idAt(2)], read: true }),
      { event: 'reset', id: 'e-9', data: { reason } },
      { event: 'counts', id: 'e-9', data: counts(3) },
      { type: 'page requested' },
      { type: 'page loaded', place: 'newest', at, page: page(before.items, 20) },
    ], before);
    expect(viewOf(state).items.map((item) => item.readAt)).toEqual(readAt);
    expect(viewOf(run([{ type: 'mark failed', key: 1 }], state)).items.map((item) => item.readAt)).toEqual([null, null, null]);
    expect(viewOf(state).counts).toEqual(counts(3));
  });

  it('show at once in list and badge', () => {
    const view = viewOf(run([mark(1, { ids: [idAt(2)], read: true })], setUp()));
    expect(view.items.map(({ readAt }) => readAt)).toEqual([null, at, null]);
    expect(view.counts?.unread).toEqual({ count: 2, capped: false });
  });

  it('put away at once, out of list and badge, and back into their place where the server refuses', () => {
    for (const change of [{ archived: true }, { snoozedUntil: '2026-11-25T10:00:00.000Z' }]) {
      const put = run([mark(1, { ids: [idAt(2)], asOf: idAt(2), ...change })], setUp());
      expect(viewOf(put).items.map(({ id }) => id)).toEqual([idAt(3), idAt(1)]);
      expect(viewOf(put).counts?.unread.count).toBe(2);
      expect(viewOf(run([{ type: 'mark failed', key: 1 }], put))).toEqual(viewOf(setUp()));
      expect(run([{ type: 'mark confirmed', key: 1 }], put).items.map(({ id }) => id)).toEqual([idAt(3), idAt(1)]);
    }
  });

  it('count what another has taken on as nobody else’s, and let the stream say who was faster', () => {
    const state = run([hello()], setUp());
    const taken = run([mark(1, { ids: [idAt(2)], set: { claimedBy: 'ann' } })], state);
    expect(viewOf(taken).items[1]?.claimedBy).toBe('ann');
    expect(viewOf(taken).counts?.unread.count).toBe(3);
    const bobs: Frame = { event: 'notifications', id: 'e-9', data: [notification(idAt(2), { claimedBy: 'bob' })] };
    const late = run([bobs, { type: 'mark confirmed', key: 1 }], taken);
    expect(late.items[1]?.claimedBy).toBe('bob');
    expect(isUnread(late.items[1] ?? notification('0'), 'ann')).toBe(false);
    expect(viewOf(run([mark(1, { ids: [idAt(2)], set: { claimedBy: 'bob' } })], state)).counts?.unread.count).toBe(2);
  });

  it('mark all up to an id, not what came after it', () => {
    const state = run([mark(1, { upTo: idAt(2), read: true }), mark(2, { upTo: idAt(3), seen: true })], setUp());
    expect(viewOf(state).counts).toEqual(counts(1, 0));
    expect(viewOf(state).items.map(({ readAt }) => readAt)).toEqual([null, at, at]);
  });

  it('leave a capped count capped when one is read, and settle it when all are', () => {
    const state = run([{ event: 'counts', id: 'e-4', data: counts(1000, 0, true) }], setUp());
    expect(viewOf(run([mark(1, { ids: [idAt(1)], read: true })], state)).counts?.unread.capped).toBe(true);
    expect(viewOf(run([mark(1, { upTo: idAt(3), read: true })], state)).counts?.unread).toEqual({ count: 0, capped: false });
  });

  it('taken back leave no trace', () => {
    fc.assert(fc.property(entries, fc.nat(), fc.boolean(), (journal, n, read) => {
      const { frames } = serve(journal);
      const cut = n % (frames.length + 1);
      const marked = run([...frames.slice(0, cut), mark(1, { ids: [idAt(n % 5)], read }), ...frames.slice(cut)]);
      expect(run([{ type: 'mark failed', key: 1 }], marked)).toEqual(run(frames));
    }));
  });

  it('confirmed late do not undo what the stream has said since', () => {
    const receipt = (id: string, read: boolean): Frame => ({ event: 'receipts', id, data: [{ ids: [idAt(2)], read }] });
    const state = run([mark(1, { ids: [idAt(2)], read: true }), receipt('e-4', true), receipt('e-5', false)], setUp());
    expect(run([{ type: 'mark confirmed', key: 1 }], state).items[1]?.readAt).toBeNull();
  });

  it('keep the time at which something was first read', () => {
    const later = '2026-11-24T11:00:00.000Z';
    const frame: Frame = { event: 'receipts', id: 'e-4', data: [{ ids: [idAt(2)], read: true }] };
    const state = [at, later].reduce((s, now) => reduce(s, { type: 'frame', frame, at: now }), setUp());
    expect(state.items[1]?.readAt).toBe(at);
  });

  it('confirmed before or after the stream says the same end as the stream says', () => {
    fc.assert(fc.property(entries, fc.nat(), fc.nat(40), fc.nat(40), (journal, which, markedAt, answeredAfter) => {
      const own: Entry = { kind: 'receipt', change: { back: [which % 6] }, read: true };
      const place = Math.min(markedAt, journal.length);
      const { frames, inboxes } = serve([...journal.slice(0, place), own, ...journal.slice(place)]);
      const id = inboxes[place]?.[which % 6]?.id;
      if (id === undefined) return;
      const answered = Math.min(place + answeredAfter, frames.length);
      const state = run([...frames.slice(0, place), mark(1, { ids: [id], read: true }),
        ...frames.slice(place, answered), { type: 'mark confirmed', key: 1 }, ...frames.slice(answered)]);
      expect(state.items).toEqual(inboxes.at(-1));
      expect(state.marks).toEqual([]);
    }), { numRuns: 300 });
  });
});

describe('arrivals', () => {
  it('are none in replay, and each once after ready', () => {
    const replaying = run([hello()]);
    expect(arrivals(replaying, arrive(idAt(1)))).toEqual([]);
    const live = run([arrive(idAt(1)), { event: 'ready', id: `e-${idAt(1)}`, data: counts(1) }], replaying);
    expect(arrivals(live, arrive(idAt(1), idAt(2))).map(({ id }) => id)).toEqual([idAt(2)]);
    expect(arrivals(run([{ type: 'disconnected' }], live), arrive(idAt(2)))).toEqual([]);
  });

  it('are what a page was quicker to bring too, but not what is told again in its place', () => {
    const page: Page = { data: [notification(idAt(2)), notification(idAt(1))], pageInfo: { before: null, after: null, hasMore: false } };
    const paged = run([
      hello(), { type: 'page requested' }, { event: 'ready', id: `e-${idAt(0)}`, data: counts(2) }, { type: 'page loaded', page, place: 'newest', at },
    ]);
    expect(arrivals(paged, arrive(idAt(1), idAt(2))).map(({ id }) => id)).toEqual([idAt(1), idAt(2)]);
    const told = run([arrive(idAt(1), idAt(2))], paged);
    expect(arrivals(told, { event: 'notifications', id: `e-${idAt(3)}`, data: [notification(idAt(2), { title: '40 %' })] })).toEqual([]);
    expect(arrivals(told, { event: 'notifications', id: `e-${idAt(3)}`, data: [notification(idAt(2), { position: idAt(3), occurrences: 2 })] })).toEqual([]);
  });
});
