import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_PREFERENCES } from '../../src/inbox/preferences.schemas.js';
import { Tail } from '../../src/journal/tail.service.js';
import { TestApp } from '../support/app.js';
import type { Reader } from '../support/reader.js';
import { until } from '../support/until.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ limits: { countsEveryMs: 50, heartbeatMs: 200, idleLag: 5n } });
});
afterAll(() => app.close());

const opened: Reader[] = [];
afterEach(() => {
  for (const reader of opened.splice(0)) reader.close();
});
const read = async (user: string, lastEventId?: string): Promise<Reader> => {
  const reader = await app.read(user, ['staff'], { lastEventId });
  opened.push(reader);
  await reader.frame('ready');
  return reader;
};
const put = async (user: string, preferences: object): Promise<unknown> => (await app.call(user, ['staff'], 'PUT', '/preferences', preferences)).body;
const isRelayed = (): Promise<unknown> => until('all is relayed and read', async () => {
  const { rows } = await app.business.query<{ position: string; waiting: boolean }>('select position, exists (select from belfry.changes) as waiting from belfry.relay_state');
  return rows[0]?.waiting === false && app.running.app.get(Tail).recent.head === BigInt(rows[0].position);
});

describe('preferences on the stream', () => {
  it('are told at its opening, and whole on every device as soon as one has changed them, and to nobody else', async () => {
    const [desk, phone, bob] = [await read('ann'), await read('ann'), await read('bob')];
    expect(desk.frames.map(({ event }) => event)).toEqual(['hello', 'preferences', 'ready']);
    expect(desk.dataOf('preferences')).toEqual([DEFAULT_PREFERENCES]);
    const chosen = await put('ann', { title: false, sound: { minSeverity: 'critical' } });
    expect(chosen).toEqual({ ...DEFAULT_PREFERENCES, title: false, sound: { minSeverity: 'critical' } });
    for (const device of [desk, phone]) {
      await until('it is told', () => device.dataOf('preferences').length > 1);
      // As text, too: a client knows by that what it has chosen itself.
      expect(JSON.stringify(device.dataOf('preferences')[1])).toBe(JSON.stringify(chosen));
    }
    await app.business.query(`insert into things (name) values ('after it')`);
    await until('it comes', () => bob.notifications.length === 1);
    expect(bob.dataOf('preferences')).toEqual([DEFAULT_PREFERENCES]);
  });

  it('are told once and as they are now to who comes back, whatever they were meanwhile', async () => {
    const before = await read('cem');
    before.close();
    await put('cem', { mutedTopics: ['other.topic'] });
    await put('cem', { title: false });
    await isRelayed();
    const again = await read('cem', before.lastEventId);
    expect(again.frames.map(({ event }) => event)).toEqual(['hello', 'preferences', 'ready']);
    expect(again.dataOf('preferences')).toEqual([{ ...DEFAULT_PREFERENCES, title: false }]);
  });

  it('are not told again where nothing has changed', async () => {
    await put('dan', { title: false });
    await isRelayed();
    const reader = await read('dan');
    await put('dan', { title: false });
    await put('dan', { title: true });
    await until('the change is told', () => reader.dataOf('preferences').length > 1);
    expect(reader.dataOf('preferences')).toEqual([{ ...DEFAULT_PREFERENCES, title: false }, DEFAULT_PREFERENCES]);
  });
});

describe('a muted topic', () => {
  const insert = (...names: string[]): Promise<unknown> => app.business.query('insert into things (name, owner) select unnest($1::text[]), $2', [names, 'nobody']);
  const give = (name: string, owner: string): Promise<unknown> => app.business.query('update things set owner = $2 where name = $1', [name, owner]);
  const titles = (reader: Reader): string[] => reader.notifications.map(({ title }) => title);
  const ask = async <T>(user: string, path: string): Promise<T> => (await app.call(user, ['staff'], 'GET', path)).body;
  const listed = async (user: string, query = ''): Promise<string[]> =>
    (await ask<{ data: { title: string }[] }>(user, `/notifications?limit=100${query}`)).data.map(({ title }) => title);
  const counted = (user: string): Promise<{ unread: object; bySeverity: Record<string, { count: number }>; mine: object }> => ask(user, '/notifications/counts');
  /** What came, in order, from the last frame of this event on. */
  const since = (reader: Reader, event: string): string[] => {
    const events = reader.frames.map((frame) => frame.event);
    return events.slice(events.lastIndexOf(event));
  };
  const MUTED = { mutedTopics: ['thing.created'] };

  it('is given no more from the moment on that a device mutes it, and neither listed nor counted; the counts follow at once', async () => {
    await app.call('gil', ['staff'], 'POST', '/notifications/read', { upTo: '9223372036854775807' });
    await insert('a', 'b');
    await give('a', 'gil');
    await isRelayed();
    const [desk, phone, bob] = [await read('gil'), await read('gil'), await read('bob')];
    expect(desk.frames.at(-1)).toMatchObject({ event: 'ready', data: { unread: { count: 3 } } });
    await put('gil', MUTED);
    for (const device of [desk, phone]) {
      await device.frame('counts', ({ unread }: { unread: { count: number } }) => unread.count === 1);
      expect(since(device, 'preferences')).toEqual(['preferences', 'counts']);
    }
    await insert('c', 'd');
    await give('c', 'gil');
    for (const device of [desk, phone]) {
      await until('what is not muted comes', () => titles(device).length > 0);
      expect(titles(device)).toEqual(['c is yours']);
      await device.frame('counts', ({ unread }: { unread: { count: number } }) => unread.count === 2);
    }
    await until('others have it', () => titles(bob).length >= 2);
    expect(titles(bob)).toEqual(['c', 'd']);
    expect(await listed('gil', '&status=unread')).toEqual(['c is yours', 'a is yours']);
    expect(await counted('gil')).toMatchObject({ unread: { count: 2 }, unseen: { count: 2 }, bySeverity: { info: { count: 0 }, warning: { count: 2 } }, mine: { count: 2 } });
    expect(await listed('gil', '&status=unread&topic=thing.created')).toEqual(['d', 'c', 'b', 'a']);

    // What it was muted for is there again.
    await put('gil', {});
    await desk.frame('counts', ({ unread }: { unread: { count: number } }) => unread.count === 6);
    expect(await listed('gil', '&status=unread')).toEqual(['c is yours', 'd', 'c', 'a is yours', 'b', 'a']);
  });

  it('is not replayed to who comes back, though it was muted while they were away', async () => {
    const before = await read('hal');
    before.close();
    await insert('missed');
    await give('missed', 'hal');
    await put('hal', MUTED);
    await insert('missed too');
    await isRelayed();
    const again = await read('hal', before.lastEventId);
    expect(again.frames.map(({ event }) => event)).toEqual(['hello', 'preferences', 'notifications', 'ready']);
    expect(titles(again)).toEqual(['missed is yours']);
    expect(again.frames.at(-1)?.data).toEqual({ unread: { count: 1, capped: false }, unseen: { count: 1, capped: false } });
    again.close();
    await put('hal', {});
    await insert('heard');
    await isRelayed();
    const heard = await read('hal', again.lastEventId);
    await until('it comes', () => titles(heard).includes('heard'));
    expect(heard.dataOf('preferences')).toEqual([DEFAULT_PREFERENCES]);
  });

  it('leaves no cursor behind: who is given nothing else is brought up all the same', async () => {
    await put('ida', MUTED);
    await isRelayed();
    const ida = await read('ida');
    const { id: old } = await ida.frame('ready');
    await insert(...Array.from({ length: 10 }, (_, nth) => `one of many ${nth}`));
    const counts = await ida.frame('counts');
    expect(Number(counts.id?.split('-')[1])).toBeGreaterThanOrEqual(Number(old?.split('-')[1]) + 10);
    expect(titles(ida)).toEqual([]);
    expect(counts.data).toMatchObject({ unread: { count: 0 } });
  });

  it('is read with all else, archived with nothing, and stands in the archive', async () => {
    await insert('kept');
    await isRelayed();
    const [kept] = (await ask<{ data: { id: string }[] }>('jo', '/notifications?topic=thing.created&limit=1')).data;
    await app.call('jo', ['staff'], 'PATCH', `/notifications/${kept?.id}/archive`);
    await insert('read unseen');
    await isRelayed();
    await put('jo', MUTED);
    await app.call('jo', ['staff'], 'POST', '/notifications/read', { upTo: '9223372036854775807' });
    await app.call('jo', ['staff'], 'POST', '/notifications/archive', { upTo: '9223372036854775807' });
    expect(await listed('jo', '&archived=true')).toEqual(['kept']);
    await put('jo', {});
    expect(await listed('jo', '&status=unread')).toEqual([]);
    expect((await listed('jo'))[0]).toBe('read unseen');
  });
});
