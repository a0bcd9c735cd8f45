import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BelfryClient } from '../../client/core/client.js';
import type { Feed } from '../../client/core/feed.js';
import type { FeedQuery } from '../../client/core/feed-query.js';
import { EventStream } from '../../client/core/stream.js';
import type { CountsBySeverity, Notification, Page } from '../../client/core/wire.js';
import { TestApp } from '../support/app.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';
import { Chance } from '../soak/random.js';

const RULES = `
rules:
  - topic: alarm.raised
    table: public.alarms
    on: [insert, update]
    key: "{{ row.id }}"
    audience: [role:ops, "user:{{ row.owner }}"]
    severity: "{{ row.level }}"
    title: "Alarm {{ row.id }}"
    resolve:
      when: "new.level = 'success'"
`;
const LEVELS = ['info', 'warning', 'critical'];
const FEEDS: Record<string, { query: FeedQuery; rest: string }> = {
  unread: { query: { tab: 'unread' }, rest: 'status=unread' },
  mine: { query: { tab: 'mine' }, rest: 'mine=true' },
  archived: { query: { tab: 'archived' }, rest: 'archived=true' },
  snoozed: { query: { tab: 'snoozed' }, rest: 'snoozed=true' },
  critical: { query: { severities: ['critical'] }, rest: 'severity=critical' },
};

/** What a list shows of a notification, without times that a device can only guess. */
const shown = ({ id, position, surfaced, title, readAt, seenAt, claimedBy, resolvedAt }: Notification): unknown =>
  ({ id, place: surfaced ?? position, title, isRead: readAt !== null && seenAt !== null, claimedBy, isResolved: resolvedAt !== null });

/** One admin's device: the client as a page has it, with every list open. */
class Device {
  private constructor(readonly client: BelfryClient, readonly feeds: Record<string, Feed>) {}

  static open(url: string, user: string): Device {
    const token = (): Promise<string> => tokenFor(user, ['ops']);
    const client = new BelfryClient({
      baseUrl: url, token, pageSize: 10, source: (handlers) => new EventStream(`${url}/v1/stream`, false, handlers, token),
    });
    client.connect();
    return new Device(client, Object.fromEntries(Object.entries(FEEDS).map(([name, { query }]) => [name, client.feed(query)])));
  }

  async allLoaded(): Promise<void> {
    await until('the device is live', () => this.client.snapshot.status === 'live' && this.client.snapshot.loaded);
  }
}

describe('the client beside a real server', () => {
  let app: TestApp;
  const devices: Device[] = [];
  const given = { window: globalThis.window, document: globalThis.document };

  beforeAll(async () => {
    // All that the client asks of its page: to be told when it is shown, hidden, and back on a network.
    Object.assign(globalThis, { window: new EventTarget(), document: Object.assign(new EventTarget(), { visibilityState: 'visible' }) });
    app = await TestApp.start({
      rules: RULES,
      prepare: async (client) => {
        await client.query('create table public.alarms (id bigint primary key, level text, owner text)');
      },
    });
  });
  afterAll(async () => {
    for (const { client } of devices) client.destroy();
    await app.close();
    Object.assign(globalThis, given);
  });

  const ask = async <T>(user: string, path: string): Promise<T> => (await app.call(user, ['ops'], 'GET', `/notifications${path}`)).body;

  /** Waits until a device shows what the server has, and says in what they differ where it never does. */
  async function agree(device: Device, user: string, what: string): Promise<void> {
    let seen: unknown;
    let stands: unknown;
    const isSame = async (): Promise<boolean> => {
      const { items, counts } = device.client.snapshot;
      const page = await ask<Page>(user, '?limit=100');
      const { unread, unseen } = await ask<CountsBySeverity>(user, '/counts');
      const lists = await Promise.all(Object.values(FEEDS).map(async ({ rest }) => (await ask<Page>(user, `?limit=100&${rest}`)).data));
      const held = Object.values(device.feeds).map(({ snapshot }) => snapshot.items);
      seen = { counts, all: items.map(shown), feeds: held.map((list) => list.map(shown)) };
      stands = {
        counts: { unread, unseen },
        all: page.data.slice(0, items.length).map(shown),
        feeds: lists.map((list, i) => list.slice(0, held[i]?.length).map(shown)),
      };
      return JSON.stringify(seen) === JSON.stringify(stands) && held.every((list, i) => list.length >= Math.min(10, lists[i]?.length ?? 0));
    };
    await until(what, isSame).catch(() => expect(seen).toEqual(stands));
    expect(seen).toEqual(stands);
  }

  it.each([1, 2])('shows on every device what the server has, whatever was done where (seed %i)', async (seed) => {
    const chance = new Chance(seed);
    const ann = `ann${seed}`;
    const bob = `bob${seed}`;
    const [one, two, other] = [Device.open(app.url, ann), Device.open(app.url, ann), Device.open(app.url, bob)];
    devices.push(one, two, other);
    for (const device of [one, two, other]) await device.allLoaded();
    let last = seed * 1_000;
    const first = last;
    let writing: Promise<unknown> = Promise.resolve();
    const sql = (text: string, values: unknown[]): Promise<unknown> => (writing = writing.then(() => app.business.query(text, values)));
    const write = (): Promise<unknown> =>
      sql('insert into alarms (id, level, owner) values ($1, $2, $3)', [++last, chance.pick(LEVELS), chance.pick([ann, bob, 'nobody'])]);
    const rewrite = (level: string): Promise<unknown> =>
      sql('update alarms set level = $2 where id = $1', [first + 1 + chance.between(0, Math.max(0, last - first - 1)), level]);
    /** One that a device shows, in any of its lists. */
    const any = ({ client, feeds }: Device): string[] => {
      const all = [client.snapshot.items, ...Object.values(feeds).map(({ snapshot }) => snapshot.items)].flat();
      return all.length === 0 ? [] : [chance.pick(all).id];
    };
    const later = (): Date => new Date(Date.now() + 3_600_000);
    const deeds: ((device: Device) => unknown)[] = [
      write, write, write, write,
      () => rewrite(chance.pick(LEVELS)),
      () => rewrite('success'),
      (device) => device.client.markRead(any(device)),
      (device) => device.client.markUnread(any(device)),
      (device) => device.client.archive(any(device)),
      (device) => device.client.unarchive(any(device)),
      (device) => any(device).map((id) => device.client.snooze(id, chance.happens(0.3) ? new Date(Date.now() + 100) : later()))[0],
      (device) => any(device).map((id) => device.client.unsnooze(id))[0],
      (device) => any(device).map((id) => device.client.claim(id))[0],
      (device) => any(device).map((id) => device.client.release(id))[0],
      (device) => any(device).map((id) => device.client.resolve(id))[0],
      (device) => device.client.markSeen(),
      (device) => (chance.happens(1 / 3) ? device.client.markAllRead() : undefined),
      (device) => device.client.undoMarkAllRead(),
      (device) => device.client.loadOlder(),
      (device) => device.feeds[chance.pick(Object.keys(FEEDS))]?.loadOlder(),
      (device) => device.client.disconnect(),
      (device) => device.client.connect(),
      (device) => device.client.connect(),
    ];
    for (let step = 0; step < 90; step++) {
      const done = chance.pick(deeds)(chance.pick([one, two, other]));
      // Some are waited for, others run into each other.
      if (chance.happens(0.5)) await done;
    }
    await writing;
    for (const device of [one, two, other]) {
      if (device.client.snapshot.status !== 'live') device.client.connect();
    }
    for (const [device, user] of [[one, ann], [two, ann], [other, bob]] as const) {
      await device.allLoaded();
      await agree(device, user, `a device of ${user} shows what the server has`);
    }
  }, 60_000);

  it('takes back a mark of all, with what the page had not loaded', async () => {
    const device = Device.open(app.url, 'uma');
    devices.push(device);
    await app.business.query(`insert into alarms (id, level, owner) select 10000 + n, 'info', 'uma' from generate_series(1, 40) as n`);
    await until('all are counted', () => device.client.snapshot.counts?.unread.count !== undefined && device.client.snapshot.counts.unread.count >= 40);
    device.client.disconnect();
    const again = Device.open(app.url, 'uma');
    devices.push(again);
    await again.allLoaded();
    const before = await until('it counts', () => again.client.snapshot.counts?.unread.count);
    expect(again.client.snapshot.items.length).toBeLessThan(before);
    expect(await again.client.markAllRead()).toBe(true);
    await until('none is left', async () => (await ask<CountsBySeverity>('uma', '/counts')).unread.count === 0);
    expect(await again.client.undoMarkAllRead()).toBe(true);
    expect((await ask<CountsBySeverity>('uma', '/counts')).unread.count).toBe(before);
    await agree(again, 'uma', 'the device shows them as unread');
  });
});
