import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';
import type { Reader } from '../support/reader.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';

const EVENT_ID = /^[a-z0-9]{12}-\d+$/;
const positionOf = (id: string | undefined): bigint => BigInt(id?.split('-')[1] ?? -1);

describe('the stream', () => {
  let app: TestApp;
  const readers: Reader[] = [];
  const read = async (...args: Parameters<TestApp['read']>): Promise<Reader> => {
    const reader = await app.read(...args);
    readers.push(reader);
    return reader;
  };
  const insert = async (...names: string[]): Promise<void> => {
    for (const name of names) await app.business.query('insert into things (name) values ($1)', [name]);
  };
  const titles = (reader: Reader): string[] => reader.notifications.map(({ title }) => title);

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(async () => {
    for (const reader of readers) reader.close();
    await app.close();
  });

  it('greets, says that it is ready, and then tells what happens to whom it concerns', async () => {
    const ann = await read('ann', ['staff']);
    const bob = await read('bob', ['other']);
    await Promise.all([ann.frame('ready'), bob.frame('ready')]);
    expect(ann.frames[0]).toMatchObject({
      event: 'hello',
      retry: 2_000,
      data: { user: 'ann', resumed: false, retryMs: 2_000, heartbeatMs: 20_000 },
    });
    await insert('a kettle');
    await ann.frame('counts', ({ unread }: { unread: { count: number } }) => unread.count === 1);
    expect(titles(ann)).toEqual(['a kettle']);
    // Bob hears of what is his, and of nothing else.
    await app.business.query(`update things set owner = 'bob' where name = 'a kettle'`);
    await bob.frame('notifications');
    expect(titles(bob)).toEqual(['a kettle is yours']);
  });

  it('has an id on every frame, which never goes back', async () => {
    const ann = await read('ann', ['staff', 'ops'], { query: '?metrics=1' });
    await ann.frame('ready');
    await insert('one', 'two');
    await app.call('ann', ['staff'], 'POST', '/notifications/seen', { upTo: '9223372036854775807' });
    await Promise.all([ann.frame('receipts'), ann.frame('metrics')]);
    for (const frame of ann.frames) expect(frame.id).toMatch(EVENT_ID);
    const positions = ann.frames.map(({ id }) => positionOf(id));
    expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  });

  it('resumes after the last event id: what was missed, once, in order, before `ready`', async () => {
    const first = await read('cat', ['staff']);
    await first.frame('ready');
    await insert('before');
    await first.frame('notifications');
    first.close();
    const witness = await read('cat', ['staff']);
    await insert('missed 1', 'missed 2', 'missed 3');
    await until('they are in the journal', () => witness.notifications.length === 3);
    for (const options of [{ lastEventId: first.lastEventId }, { query: `?last_event_id=${first.lastEventId}` }]) {
      const again = await read('cat', ['staff'], options);
      await until('three are replayed', () => again.notifications.length >= 3);
      await again.frame('ready');
      expect(titles(again)).toEqual(['missed 1', 'missed 2', 'missed 3']);
      expect(again.frames[0]?.data).toMatchObject({ resumed: true });
      expect(again.frames.at(-1)?.event).toBe('ready');
    }
  });

  it('takes the header before the query, as the query is of the first connect', async () => {
    const head = await read('dot', ['staff']);
    const { id } = await head.frame('ready');
    const epoch = id?.split('-')[0];
    await insert('after');
    await until('it is in the journal', () => head.notifications.length === 1);
    const again = await read('dot', ['staff'], { lastEventId: id, query: `?last_event_id=${epoch}-0` });
    await again.frame('ready');
    expect(titles(again)).toEqual(['after']);
  });

  it.each([
    ['nonsense', 'unknown'],
    ['0123456789ab-1', 'foreign'],
    ['EPOCH-9000000000000000000', 'ahead'],
    ['EPOCH-99999999999999999999', 'unknown'],
  ])('says reset to the cursor %s: %s', async (cursor, reason) => {
    const now = await read('eve', ['staff']);
    const { id } = await now.frame('ready');
    const head = id ?? '';
    const lastEventId = cursor.replace('EPOCH', head.split('-')[0] ?? '');
    const reader = await read('eve', ['staff'], { lastEventId });
    await reader.frame('ready');
    expect(reader.frames.map(({ event }) => event)).toEqual(['hello', 'reset', 'preferences', 'ready']);
    expect(reader.frames[0]?.data).toMatchObject({ resumed: false });
    expect(reader.frames[1]).toMatchObject({ id: head, data: { reason } });
    // Cut off in between, the client would be told again: the greeting's id is none that resumes in silence.
    expect(reader.frames[0]?.id).not.toBe(head);
  });

  it.each(['has space', 'ü', 'a'.repeat(65), ''])('answers the malformed cursor %j with 400', async (cursor) => {
    const token = await tokenFor('ann', ['staff']);
    const response = await fetch(`${app.url}/v1/stream?last_event_id=${encodeURIComponent(cursor)}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  it('answers 401 without a token, 403 for metrics without the role, 400 to what it does not know', async () => {
    expect((await fetch(`${app.url}/v1/stream`)).status).toBe(401);
    await expect(read('ann', ['staff'], { query: '?metrics=1' })).rejects.toThrow('403');
    await expect(read('ann', ['staff'], { query: '?since=1' })).rejects.toThrow('400');
  });

  it('never reads a token from the query', async () => {
    const token = await tokenFor('ann', ['staff']);
    for (const name of ['token', 'access_token', 'authorization']) {
      expect((await fetch(`${app.url}/v1/stream?${name}=${token}`)).status).toBe(401);
    }
  });

  it('says goodbye when the token ends', async () => {
    const reader = await read('fay', ['staff'], { token: await tokenFor('fay', ['staff'], 2) });
    const goodbye = await reader.frame('goodbye');
    expect(goodbye).toMatchObject({ data: { reason: 'token', reconnectInMs: expect.any(Number) } });
    expect(goodbye.id).toMatch(EVENT_ID);
    await reader.end();
  });

  it('displaces the oldest stream of an admin who opens a ninth', async () => {
    const eight = [];
    for (let n = 0; n < 8; n++) eight.push(await read('gil', ['staff']));
    await Promise.all(eight.map((reader) => reader.frame('ready')));
    const ninth = await read('gil', ['staff']);
    await ninth.frame('ready');
    expect((await eight[0]?.frame('goodbye'))?.data).toEqual({ reason: 'displaced', reconnectInMs: 30_000 });
    await eight[0]?.end();
    // Were it to come back at once, and the next, and so on, they would displace each other for ever.
    const tenth = await read('gil', ['staff']);
    await tenth.frame('ready');
    expect(await eight[1]?.frame('goodbye')).toMatchObject({ retry: 60_000, data: { reason: 'displaced', reconnectInMs: 60_000 } });
    await eight[1]?.end();
    for (const reader of [...eight.slice(2), ninth, tenth]) expect(reader.ended).toBe(false);
  });

  it('puts what is due at one time into one frame', async () => {
    const ann = await read('ann', ['staff']);
    await ann.frame('ready');
    await app.business.query(`insert into things (name) select 'bulk ' || n from generate_series(1, 50) n`);
    await until('fifty arrive', () => ann.notifications.length >= 50);
    expect(titles(ann)).toEqual(Array.from({ length: 50 }, (_, index) => `bulk ${index + 1}`));
    expect(ann.dataOf('notifications').length).toBeLessThan(10);
  });

  it('tells an admin’s other streams what one of them marked', async () => {
    const [one, other, stranger] = [await read('hal', ['staff']), await read('hal', ['staff']), await read('ida', ['staff'])];
    await Promise.all([one.frame('ready'), other.frame('ready'), stranger.frame('ready')]);
    await insert('to be read');
    await until('it arrives', () => one.notifications.length > 0);
    const id = one.notifications[0]?.id ?? '';
    const { status } = await app.call('hal', ['staff'], 'PATCH', `/notifications/${id}/read`);
    expect(status).toBe(200);
    for (const reader of [one, other]) {
      expect((await reader.frame('receipts')).data).toEqual([{ ids: [id], read: true, asOf: expect.any(String) }]);
      await reader.frame('counts');
    }
    expect(stranger.dataOf('receipts')).toEqual([]);
  });
});
