import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { BelfryClient } from './client.js';
import type { Feed } from './feed.js';
import type { FrameHandlers, FrameSource } from './stream.js';

const at = '2026-11-24T10:00:00.000Z';
const item = {
  id: '1', position: '1', topic: 'order.created', severity: 'info', title: 'New order 1', body: null, link: null, source: null,
  actor: null, occurrences: 1, createdAt: at, updatedAt: at, resolvedAt: null, resolvedBy: null, claimedBy: null,
  expiresAt: null, readAt: null, seenAt: null, archivedAt: null, snoozedUntil: null,
};

let server: Server;
let asked: string[];
/** What was asked for but lists: where, and with what. */
let posted: string[];
/** What a mark is answered with. */
let after: object;
/** What is asked for but lists is answered only then. */
let answered: Promise<void>;
/** What whoever asks is answered with. */
let listStatus: number;
let client: BelfryClient;
let handlers: FrameHandlers;
beforeEach(async () => {
  // As long as nothing is asked anew, the list is what it was: so whatever changes in a feed, the client did.
  [asked, posted, after] = [[], [], {}];
  answered = Promise.resolve();
  listStatus = 200;
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.method !== 'GET') request.on('data', (body: Buffer) => posted.push(`${request.url ?? ''} ${body.toString()}`));
    const page = { data: [item], pageInfo: { before: null, after: null, hasMore: false } };
    const answer = (): unknown => response.writeHead(request.method === 'GET' ? listStatus : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(request.method === 'GET' ? page : after));
    if (request.method === 'GET') answer();
    else void answered.then(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const source: FrameSource = { leads: true, start: () => undefined, stop: () => undefined, retry: () => undefined, signOut: () => undefined };
  client = new BelfryClient({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: () => 'a token',
    source: (given) => {
      handlers = given;
      return source;
    },
  });
});
afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const hello = (user: string): void =>
  handlers.onFrame({ event: 'hello', id: 'e-1', data: { user, resumed: true, retryMs: 1_000, heartbeatMs: 20_000 } });
async function loaded(): Promise<Feed> {
  const feed = client.feed({ tab: 'unread' });
  while (!feed.snapshot.loaded) await new Promise((resolve) => feed.subscribe(() => resolve(undefined)));
  expect(feed.snapshot.items).toHaveLength(1);
  return feed;
}

it.each([
  ['another admin signs in', () => hello('bob')],
  ['nobody is signed in', () => handlers.onStatus('signed-out')],
])('holds nothing of an admin in its feeds once %s', async (_what, happens) => {
  hello('ann');
  const feed = await loaded();
  happens();
  expect(feed.snapshot).toMatchObject({ items: [], loaded: false });
  feed.close();
});

it('keeps in its feeds what the server has confirmed, before they were asked anew', async () => {
  hello('ann');
  const feed = await loaded();
  const shown: number[] = [];
  feed.subscribe(() => shown.push(feed.snapshot.items.length));
  expect(await client.archive('1')).toBe(true);
  expect(new Set(shown)).toEqual(new Set([0]));
  feed.close();
});

const told = (mutedTopics: string[], title = true): void => handlers.onFrame({
  event: 'preferences', id: 'e-1',
  data: { mutedTopics, toast: { minSeverity: 'info' }, sound: { minSeverity: 'none' }, desktop: { minSeverity: 'none' }, title, quietHours: null, acknowledgeCritical: false },
});
const quiet = async (): Promise<void> => {
  while (client.snapshot.loading !== undefined) await new Promise((resolve) => setTimeout(resolve, 1));
};

it('says of when its list is where that was asked for anew in vain, until it comes at another try', async () => {
  hello('ann');
  told([]);
  await quiet();
  expect(client.snapshot).toMatchObject({ loaded: true, error: undefined, failed: undefined, asOf: undefined });
  listStatus = 503;
  told(['a']);
  await quiet();
  expect(client.snapshot).toMatchObject({ items: [{ id: '1' }], failed: 'newest', asOf: expect.any(Number), error: expect.any(Error) });
  listStatus = 200;
  client.retry();
  await quiet();
  expect(client.snapshot).toMatchObject({ items: [{ id: '1' }], error: undefined, failed: undefined, asOf: undefined });
  expect(asked).toHaveLength(3);
});

it('asks for its list anew where other topics are muted than before, and for nothing else that it is told of preferences', async () => {
  const lists = async (times: number): Promise<void> => {
    await quiet();
    expect(asked).toEqual(Array(times).fill('GET /v1/notifications?limit=20'));
  };
  hello('ann');
  told(['a', 'b']);
  await lists(1);
  told(['b', 'a'], false);
  await lists(1);
  expect(client.snapshot).toMatchObject({ preferences: { title: false }, items: [{ id: '1' }] });
  told(['b']);
  expect(client.snapshot.items).toHaveLength(1);
  await lists(2);
  hello('bob');
  told([]);
  await lists(3);
});

it('marks all up to where the newest is for the admin, not where it was raised', async () => {
  hello('ann');
  handlers.onFrame({ event: 'notifications', id: 'e-7', data: [{ ...item, severity: 'info', surfaced: '7', returned: true }] });
  await client.markSeen();
  await client.markAllRead();
  expect(posted).toEqual(['/v1/notifications/seen {"upTo":"7"}', '/v1/notifications/read {"upTo":"7"}']);
});

it('asks the server in the order in which the admin did it, where the same is meant', async () => {
  hello('ann');
  await loaded();
  const marks = (): string[] => asked.filter((what) => !what.startsWith('GET'));
  let answer = (): void => undefined;
  answered = new Promise((resolve) => (answer = resolve));
  const done = [client.markRead('1'), client.markUnread('1'), client.archive('2'), client.markRead('1')];
  while (marks().length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(marks()).toEqual(['PATCH /v1/notifications/1/read', 'PATCH /v1/notifications/2/archive']);
  answer();
  expect(await Promise.all(done)).toEqual([true, true, true, true]);
  expect(marks().slice(2)).toEqual(['PATCH /v1/notifications/1/unread', 'PATCH /v1/notifications/1/read']);
});

it('asks for nothing as another admin that the one before has done', async () => {
  hello('ann');
  let answer = (): void => undefined;
  answered = new Promise((resolve) => (answer = resolve));
  const failed: unknown[] = [];
  client.subscribe((event) => event.type === 'mark failed' && failed.push(event.error));
  const done = [client.markRead('1'), client.markUnread('1')];
  hello('bob');
  answer();
  expect(await Promise.all(done)).toEqual([false, false]);
  expect(asked.filter((what) => !what.startsWith('GET'))).toEqual(['PATCH /v1/notifications/1/read']);
  expect(failed).toEqual([]);
});

it('takes the server’s word for how it stands with others, where there was nothing to do', async () => {
  hello('ann');
  while (!client.snapshot.loaded) await new Promise((resolve) => setTimeout(resolve, 1));
  handlers.onFrame({ event: 'notifications', id: 'e-1', data: [{ ...item, severity: 'info', claimedBy: 'ann', resolvedAt: at }] });
  after = { ...item, claimedBy: 'ann', resolvedAt: at, resolvedBy: 'user:bob' };
  expect(await client.release('1')).toBe(true);
  expect(client.snapshot.items[0]).toMatchObject({ claimedBy: 'ann', resolvedBy: 'user:bob' });
});

it('says that all was seen where the newest was read already', async () => {
  hello('ann');
  const [older, newer] = [{ ...item, severity: 'info' as const }, { ...item, id: '2', position: '2', severity: 'info' as const }];
  handlers.onFrame({ event: 'notifications', id: 'e-2', data: [older, newer] });
  handlers.onFrame({ event: 'receipts', id: 'e-3', data: [{ ids: ['2'], read: true }] });
  handlers.onFrame({ event: 'ready', id: 'e-3', data: { unread: { count: 1, capped: false }, unseen: { count: 1, capped: false } } });
  await client.markSeen();
  handlers.onFrame({ event: 'counts', id: 'e-4', data: { unread: { count: 1, capped: false }, unseen: { count: 0, capped: false } } });
  await client.markSeen();
  expect(posted).toEqual(['/v1/notifications/seen {"upTo":"2"}']);
  expect(client.snapshot.items.every(({ seenAt }) => seenAt !== null)).toBe(true);
});

it('tells of a status once, though one source goes on where another was', () => {
  const told: string[] = [];
  client.subscribe((event) => event.type === 'status' && told.push(event.status));
  for (const status of ['connecting', 'connecting', 'live'] as const) handlers.onStatus(status);
  expect(told).toEqual(['connecting', 'live']);
});
