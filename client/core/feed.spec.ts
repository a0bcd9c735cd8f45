import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Feed, type FeedContext } from './feed.js';
import type { FeedQuery } from './feed-query.js';
import type { Mark } from './marks.js';
import { BelfryError, type ListQuery } from './rest.js';
import { compareIds, placeOf, type Notification, type Page } from './wire.js';

const at = '2026-11-24T10:00:00.000Z';
/** Longer than a feed ever waits before it asks again, in milliseconds. */
const aLongTime = 60_000;

function notification(id: string): Notification {
  return {
    id, position: id, topic: 'order.created', severity: 'info', title: `New order ${id}`, body: null, link: null, source: null,
    actor: null, occurrences: 1, createdAt: at, updatedAt: at, resolvedAt: null, resolvedBy: null, claimedBy: null,
    expiresAt: null, readAt: null, seenAt: null, archivedAt: null, snoozedUntil: null,
  };
}

/** An inbox as the server lists it; each request is answered with what stands at its time, and whenever the test says. */
class Inbox {
  last = 0;
  archived = new Set<string>();
  /** Places of their own. */
  surfaced = new Map<string, string>();
  marks: Mark[] = [];
  signOuts = 0;
  private waiting: { page: Page; resolve: (page: Page) => void; reject: (error: Error) => void }[] = [];

  constructor(length: number) {
    this.last = length;
  }

  get items(): string[] {
    return Array.from({ length: this.last }, (_, i) => String(this.last - i)).filter((id) => !this.archived.has(id));
  }

  get asked(): number {
    return this.waiting.length;
  }

  context(pageSize = 3): FeedContext {
    return {
      rest: { list: (query, signal) => this.list(query, signal) },
      pageSize,
      marks: () => this.marks,
      user: () => 'ann',
      onError: (error) => error instanceof BelfryError && error.status === 401,
      onClose: () => undefined,
    };
  }

  async answer(nth = 0, error?: Error): Promise<void> {
    const [asked] = this.waiting.splice(nth % Math.max(1, this.waiting.length), 1);
    if (error) asked?.reject(error);
    else asked?.resolve(asked.page);
    await jest.advanceTimersByTimeAsync(0);
  }

  /** All that is asked is answered, until nothing more is asked. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) {
      await jest.advanceTimersByTimeAsync(aLongTime);
      while (this.waiting.length > 0) await this.answer();
    }
  }

  private list({ limit = 20, before }: ListQuery = {}, signal?: AbortSignal): Promise<Page> {
    const placed = this.items.map((id) => ({ ...notification(id), surfaced: this.surfaced.get(id) ?? null }));
    const found = placed.sort((a, b) => compareIds(placeOf(b), placeOf(a))).filter((item) => before === undefined || compareIds(placeOf(item), before) < 0);
    const data = found.slice(0, limit);
    const page: Page = { data, pageInfo: { before: data.map(placeOf).at(-1) ?? null, after: null, hasMore: found.length > limit } };
    return new Promise((resolve, reject) => {
      this.waiting.push({ page, resolve, reject });
      signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });
  }
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it('lets go of what was archived elsewhere from the place that it had come back to', async () => {
  const inbox = new Inbox(8);
  inbox.surfaced.set('1', '9');
  const feed = new Feed({ q: 'order' }, inbox.context());
  await inbox.settle();
  expect(shown(feed)).toEqual(['1', '8', '7']);
  inbox.archived.add('1');
  feed.refresh();
  await inbox.settle();
  expect(shown(feed)).toEqual(['8', '7', '6']);
  feed.close();
});

it('of what is addressed by name asks again for what may be the admin’s, and for no more', async () => {
  const inbox = new Inbox(3);
  const feed = new Feed({ tab: 'mine' }, inbox.context());
  await inbox.settle();
  const asks = async (told?: Partial<Notification>): Promise<boolean> => {
    feed.refresh(told && [{ ...notification('9'), ...told }]);
    await jest.advanceTimersByTimeAsync(aLongTime);
    const { asked } = inbox;
    await inbox.settle();
    return asked > 0;
  };
  const plenty = Array.from({ length: 20 }, (_, nth) => `u${nth}`);
  expect([await asks({ mentions: [] }), await asks({ mentions: ['bob'] })]).toEqual([false, false]);
  expect([await asks({ mentions: ['bob', 'ann'] }), await asks({ id: '2', mentions: [] }), await asks({ mentions: plenty }), await asks({}), await asks()]).toEqual([true, true, true, true, true]);
  feed.close();
});

it('has at once what is plainly of the list, also what came while a page was under way, and never twice', async () => {
  const inbox = new Inbox(3);
  const feed = new Feed({ tab: 'mine' }, inbox.context());
  const tell = (item: Partial<Notification> & { id: string }, after = '3'): void => feed.refresh([{ ...notification(item.id), ...item }], after);
  tell({ id: '4', mentions: ['ann'] });
  expect(feed.snapshot).toMatchObject({ loaded: false, items: [] });
  await inbox.answer();
  expect(shown(feed)).toEqual(['4', '3', '2', '1']);
  tell({ id: '5', mentions: ['bob'] });
  tell({ id: '6', mentions: ['bob', 'ann'] }, '5');
  // Put away before, and told of as others have it.
  tell({ id: '0', mentions: ['ann'] }, '6');
  expect(shown(feed)).toEqual(['6', '4', '3', '2', '1']);
  inbox.last = 4;
  await jest.advanceTimersByTimeAsync(500);
  tell({ id: '7', mentions: ['ann'] }, '6');
  inbox.last = 7;
  await inbox.answer();
  expect(shown(feed)[0]).toBe('7');
  await inbox.settle();
  expect(shown(feed)).toEqual(inbox.items.slice(0, 5));
  feed.close();
});

it.each<[string, FeedQuery, boolean]>([
  ['of a topic', { topics: ['order.created'] }, true], ['of another topic', { topics: ['ticket.opened'] }, false],
  ['of a severity', { severities: ['info', 'critical'] }, true], ['of another severity', { severities: ['critical'] }, false],
  ['unread', { tab: 'unread' }, true], ['of words', { q: 'order' }, false], ['archived', { tab: 'archived' }, false], ['snoozed', { tab: 'snoozed' }, false],
])('has what is told of at once where that is plain: in the list %s', async (_of, query, isPlain) => {
  const inbox = new Inbox(3);
  const feed = new Feed(query, inbox.context());
  await inbox.settle();
  feed.refresh([notification('4')], '3');
  expect(shown(feed).includes('4')).toBe(isPlain);
  feed.close();
});

it('says of when it is while asking anew fails, whatever comes of older pages, and no longer', async () => {
  const inbox = new Inbox(9);
  const feed = new Feed({}, inbox.context());
  await inbox.answer(0, unavailable());
  expect(feed.snapshot).toMatchObject({ failed: 'newest', asOf: undefined });
  await inbox.settle();
  const asOf = feed.snapshot.asOf ?? Date.now();
  expect(feed.snapshot).toMatchObject({ error: undefined, failed: undefined, asOf: undefined });
  void feed.loadOlder();
  await inbox.answer(0, unavailable());
  expect(feed.snapshot).toMatchObject({ failed: 'older', asOf: undefined });
  feed.refresh();
  await jest.advanceTimersByTimeAsync(500);
  await inbox.answer(0, unavailable());
  expect(feed.snapshot).toMatchObject({ failed: 'newest', items: { length: 3 } });
  expect(feed.snapshot.asOf).toBeLessThan(asOf);
  const first = feed.snapshot.asOf;
  void feed.loadOlder();
  await inbox.answer(0, unavailable());
  expect(feed.snapshot).toMatchObject({ failed: 'older', asOf: first });
  void feed.loadOlder();
  await inbox.answer();
  expect(feed.snapshot).toMatchObject({ failed: undefined, error: undefined, asOf: first, items: { length: 6 } });
  feed.retry();
  await inbox.answer();
  expect(feed.snapshot).toMatchObject({ failed: undefined, error: undefined, asOf: undefined });
  feed.close();
});

const shown = (feed: Feed): string[] => feed.snapshot.items.map(({ id }) => id);
const unavailable = (): Error => new BelfryError(0, 'no answer', '');

type Step =
  | { do: 'arrive' | 'be told' | 'older' | 'wait' | 'confirm' | 'take back' }
  | { do: 'archive' | 'archive elsewhere'; nth: number }
  | { do: 'answer'; nth: number; fails: boolean };

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom('arrive', 'be told', 'older', 'wait', 'confirm', 'take back') }),
    fc.record({ do: fc.constantFrom('archive', 'archive elsewhere'), nth: fc.nat(9) }),
    fc.record({ do: fc.constant('answer'), nth: fc.nat(3), fails: fc.boolean() }),
  ),
  { maxLength: 40 },
);

async function take(step: Step, inbox: Inbox, feed: Feed): Promise<void> {
  const [mark] = inbox.marks;
  const chosen = 'nth' in step ? shown(feed)[step.nth] : undefined;
  switch (step.do) {
    case 'arrive':
      inbox.last++;
      feed.refresh();
      return;
    case 'be told':
      inbox.last++;
      feed.refresh([notification(String(inbox.last))], String(inbox.last - 1));
      if (feed.snapshot.loaded) expect(shown(feed)[0]).toBe(String(inbox.last));
      return;
    case 'older':
      void feed.loadOlder();
      return;
    case 'wait':
      await jest.advanceTimersByTimeAsync(500);
      return;
    case 'archive':
      if (chosen !== undefined) inbox.marks.push({ key: Number(chosen), change: { ids: [chosen], archived: true }, at });
      feed.show();
      return;
    case 'archive elsewhere':
      if (chosen !== undefined) inbox.archived.add(chosen);
      feed.refresh();
      return;
    case 'confirm':
      if (!mark) return;
      mark.change.ids?.forEach((id) => inbox.archived.add(id));
      feed.settle(mark);
      inbox.marks.shift();
      feed.refresh();
      return;
    case 'take back':
      inbox.marks.shift();
      feed.refresh();
      return;
    case 'answer':
      await inbox.answer(step.nth, step.fails ? unavailable() : undefined);
  }
}

describe('a feed', () => {
  it('ends as the server has it, without a hole, whatever is done, answered late or not at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), steps, async (length, todo) => {
        const inbox = new Inbox(length);
        const feed = new Feed({}, inbox.context());
        for (const step of todo) {
          await take(step, inbox, feed);
          expect(new Set(shown(feed)).size).toBe(shown(feed).length);
        }
        inbox.marks = [];
        feed.refresh();
        await inbox.settle();
        expect(feed.snapshot).toMatchObject({ loaded: true, loading: undefined, error: undefined });
        expect(shown(feed)).toEqual(inbox.items.slice(0, shown(feed).length));
        expect(feed.snapshot.hasOlder).toBe(shown(feed).length < inbox.items.length);
        feed.close();
      }),
    );
  });

  it('keeps what it loaded beyond the page that is asked for anew, what was put away excepted', async () => {
    const inbox = new Inbox(130);
    const feed = new Feed({}, inbox.context(65));
    await inbox.answer();
    void feed.loadOlder();
    await inbox.answer();
    expect(shown(feed)).toHaveLength(130);
    inbox.last++;
    inbox.archived.add('10');
    feed.settle({ key: 1, change: { ids: ['10'], archived: true }, at });
    feed.refresh();
    await inbox.settle();
    expect(shown(feed)).toEqual(inbox.items);
  });

  it('asks for one page at a time, and for the newest after the older that is under way', async () => {
    const inbox = new Inbox(9);
    const feed = new Feed({}, inbox.context());
    await inbox.answer();
    inbox.last++;
    feed.refresh();
    void feed.loadOlder();
    await jest.advanceTimersByTimeAsync(aLongTime);
    expect(inbox.asked).toBe(1);
    await inbox.settle();
    expect(shown(feed)).toEqual(inbox.items.slice(0, 6));
  });

  it('never shows again what was put away while a page was under way', async () => {
    const inbox = new Inbox(3);
    const feed = new Feed({}, inbox.context());
    await inbox.answer();
    feed.refresh();
    await jest.advanceTimersByTimeAsync(500);
    expect(inbox.asked).toBe(1);
    inbox.archived.add('2');
    feed.settle({ key: 1, change: { ids: ['2'], archived: true }, at });
    feed.show();
    expect(shown(feed)).toEqual(['3', '1']);
    await inbox.answer();
    expect(shown(feed)).toEqual(['3', '1']);
  });

  it('shows nothing of the one before once it was told to forget, not even what was on its way', async () => {
    const inbox = new Inbox(3);
    const feed = new Feed({}, inbox.context());
    await inbox.answer();
    feed.refresh();
    await jest.advanceTimersByTimeAsync(500);
    feed.forget();
    await inbox.answer();
    expect(feed.snapshot).toMatchObject({ items: [], loaded: false, loading: undefined, hasOlder: false });
    feed.refresh();
    await inbox.settle();
    expect(shown(feed)).toEqual(['3', '2', '1']);
  });

  it.each([0, 429, 503])('asks again by itself where the answer was %s', async (status) => {
    const inbox = new Inbox(3);
    const feed = new Feed({}, inbox.context());
    await inbox.answer(0, new BelfryError(status, 'not now', ''));
    expect(feed.snapshot.error).toBeInstanceOf(BelfryError);
    await inbox.settle();
    expect(shown(feed)).toEqual(['3', '2', '1']);
    expect(feed.snapshot.error).toBeUndefined();
  });

  it('does not ask again by itself what was asked in a wrong way', async () => {
    const inbox = new Inbox(3);
    const feed = new Feed({}, inbox.context());
    await inbox.answer(0, new BelfryError(400, 'Bad Request', 'no such topic'));
    await jest.advanceTimersByTimeAsync(aLongTime);
    expect({ asked: inbox.asked, ...feed.snapshot }).toMatchObject({ asked: 0, loading: undefined });
  });

  it('asks at once for what has changed, however long it would wait after a failure', async () => {
    const inbox = new Inbox(3);
    const feed = new Feed({}, inbox.context());
    for (let failures = 0; failures < 6; failures++) {
      while (inbox.asked === 0) await jest.advanceTimersByTimeAsync(100);
      await inbox.answer(0, unavailable());
    }
    await jest.advanceTimersByTimeAsync(1_000);
    expect(inbox.asked).toBe(0);
    feed.refresh();
    await jest.advanceTimersByTimeAsync(500);
    expect(inbox.asked).toBe(1);
  });
});
