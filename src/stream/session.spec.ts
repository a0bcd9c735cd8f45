import { describe, expect, it, jest } from '@jest/globals';
import type { MessageEvent } from '@nestjs/common';
import fc from 'fast-check';
import { Observable, type Subscriber } from 'rxjs';
import type { InboxCounts } from '../inbox/counts-keeper.service.js';
import { DEFAULT_PREFERENCES } from '../inbox/preferences.schemas.js';
import { type Place, placeCursor } from '../journal/cursor.js';
import { type Entry, isFor } from '../journal/entry.js';
import type { JournalRepository } from '../journal/journal.repository.js';
import { RecentEntries } from '../journal/recent.js';
import type { Tail } from '../journal/tail.service.js';
import { Frames } from './frame.js';
import type { Outlet } from './outlet.js';
import { Session } from './session.js';
import { DEFAULT_LIMITS } from './stream.limits.js';
import { WaitingRoom } from './waiting-room.js';

const MINE = 'role:mine';
const NO_COUNTS = { unread: { count: 0, capped: false }, unseen: { count: 0, capped: false } };
const onFailure = (what: string, error: Error): void => {
  throw new Error(what, { cause: error });
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A journal with a short memory, and the table behind it; a reader whose socket fills up at will. */
class World {
  readonly table: Entry[] = [];
  readonly recent = new RecentEntries(4, 10_000);
  blocked = false;
  /** Up to here the table is purged; the process hears of it when it reads on. */
  floor = 0n;
  private knownFloor = 0n;
  session: Session | undefined;
  private waiting: (() => void)[] = [];

  append(channels: string[], times: number): void {
    for (let n = 0; n < times; n++) {
      const position = BigInt(this.table.length + 1);
      const entry: Entry = { position, channels, kind: 'notification', json: String(position), occurredAt: 0 };
      this.table.push(entry);
      this.recent.append([entry]);
    }
    this.knownFloor = this.floor;
    if (this.session && channels.includes(MINE)) this.session.wake();
  }

  unblock(): void {
    this.blocked = false;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  open(cursor: string | undefined, onEvent: (event: MessageEvent) => void, tokenMs = 3_600_000): () => void {
    const reach = { get: () => ({ epochs: [{ name: 'here', since: 0n }], floor: this.knownFloor, head: this.recent.head, longestReplay: 10_000n }) };
    const placeNow = (text: string): Place => placeCursor(text, reach.get());
    const tail = Object.defineProperty({ recent: this.recent, epoch: 'here', placeNow, place: placeNow }, 'reach', reach);
    const journal = {
      between: async (after: bigint, upTo: bigint, channels: string[], limit: number) => {
        await turn();
        const wanted = new Set(channels);
        const kept = this.table.filter(({ position }) => position > this.floor);
        const entries = kept.filter((entry) => entry.position > after && entry.position <= upTo && isFor(entry, wanted)).slice(0, limit);
        return { floor: this.floor, entries };
      },
    };
    const counts = { known: () => undefined, current: async () => turn().then(() => ({ ...NO_COUNTS, preferences: DEFAULT_PREFERENCES, position: this.recent.head })) };
    const outlet = Object.defineProperty(
      {
        drained: async () => {
          await turn();
          if (this.blocked) await new Promise<void>((resolve) => this.waiting.push(resolve));
        },
        watch: () => undefined,
        send: (subscriber: Subscriber<MessageEvent>, message: MessageEvent) => subscriber.next(message),
        sendShared: (subscriber: Subscriber<MessageEvent>, message: MessageEvent) => subscriber.next(message),
        finish: () => undefined,
      },
      'isBlocked',
      { get: () => this.blocked },
    );
    const session = new Session(
      { userId: 'ann', channels: new Set([MINE]), expiresAt: new Date(Date.now() + tokenMs), cursor, onFailure },
      {
        tail: tail as unknown as Tail,
        journal: journal as unknown as JournalRepository,
        frames: new Frames(DEFAULT_LIMITS.frameCharacters),
        limits: { ...DEFAULT_LIMITS, page: 3, idleLag: 2n },
        waitingRoom: new WaitingRoom(),
      },
      counts as unknown as InboxCounts,
      outlet as unknown as Outlet,
    );
    this.session = session;
    const subscription = new Observable<MessageEvent>((subscriber) => {
      session.open(subscriber);
      return () => session.close();
    }).subscribe(onEvent);
    return () => {
      this.session = undefined;
      subscription.unsubscribe();
    };
  }
}

describe('a session', () => {
  it('gives each entry of its channels once, in order, or says so, however it is dropped, resumed, held up, outrun and purged', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), mine: fc.boolean(), times: fc.integer({ min: 1, max: 7 }) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('purge' as const), keep: fc.bigInt({ min: 0n, max: 9n }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'block' as const, 'unblock' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = new World();
        const given: bigint[] = [];
        /** What a `reset` said is missing: above the cursor before it, up to its own. */
        const missing: { above: bigint; upTo: bigint }[] = [];
        let cursor: string | undefined;
        const at = (id: string | undefined): bigint => BigInt(id?.split('-')[1] ?? 0);
        const onEvent = ({ type, id, data }: MessageEvent): void => {
          expect(id).toMatch(/^here-\d+$/);
          if (type === 'reset') {
            expect(data).toEqual({ reason: 'purged' });
            expect(at(cursor)).toBeLessThan(world.floor);
            missing.push({ above: at(cursor), upTo: at(id) });
          }
          cursor = id;
          if (type === 'notifications') given.push(...(JSON.parse(data as string) as number[]).map(BigInt));
        };
        let close = world.open(undefined, onEvent);
        for (const action of steps) {
          if (action.do === 'append') world.append([action.mine ? MINE : 'role:other'], action.times);
          if (action.do === 'turn') await turn();
          if (action.do === 'purge' && world.recent.head > action.keep) {
            const floor = world.recent.head - action.keep;
            if (floor > world.floor) world.floor = floor;
          }
          if (action.do === 'block') world.blocked = true;
          if (action.do === 'unblock') world.unblock();
          if (action.do === 'drop') {
            close();
            world.unblock();
            close = world.open(cursor, onEvent);
          }
        }
        world.unblock();
        const isMissing = (position: bigint): boolean => missing.some(({ above, upTo }) => position > above && position <= upTo);
        const expected = (): bigint[] =>
          world.table.filter(({ channels, position }) => channels.includes(MINE) && !isMissing(position)).map(({ position }) => position);
        for (let n = 0; n < 200 && given.length < expected().length; n++) await turn();
        for (let n = 0; n < 5; n++) await turn();
        close();
        expect(given).toEqual(expected());
      }),
      { numRuns: 300 },
    );
  });

  it('passes over nothing as it brings up an idle cursor, though the hub has yet to say that there is something', async () => {
    const world = new World();
    const events: MessageEvent[] = [];
    world.open(undefined, (event) => events.push(event));
    for (let n = 0; n < 5; n++) await turn();
    const { session } = world;
    world.append(['role:other'], 3);
    // As the hub does while it rests: appended, and nobody woken.
    world.session = undefined;
    world.append([MINE], 1);
    session?.look(performance.now() + DEFAULT_LIMITS.heartbeatMs);
    await turn();
    expect(events.map(({ type, id }) => [type, id]).slice(0, 4)).toEqual([['hello', 'here-0'], ['preferences', 'here-0'], ['ready', 'here-0'], ['notifications', 'here-4']]);
    world.append(['role:other'], 3);
    session?.look(performance.now() + 3 * DEFAULT_LIMITS.heartbeatMs);
    expect(events.at(-1)).toMatchObject({ type: 'counts', id: 'here-7' });
  });

  it('tells nothing after the end of its token, even before it is looked at again', async () => {
    const world = new World();
    const events: MessageEvent[] = [];
    world.open(undefined, (event) => events.push(event), 60_000);
    for (let n = 0; n < 5; n++) await turn();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    world.append([MINE], 1);
    clock.mockRestore();
    expect(events.map(({ type }) => type)).toEqual(['hello', 'preferences', 'ready', 'goodbye']);
    expect(events.at(-1)?.data).toEqual({ reason: 'token', reconnectInMs: 1_000 });
  });
});
