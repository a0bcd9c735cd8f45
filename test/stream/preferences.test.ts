import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_PREFERENCES } from '../../src/inbox/preferences.schemas.js';
import { TestApp } from '../support/app.js';
import type { Reader } from '../support/reader.js';
import { until } from '../support/until.js';

describe('preferences on the stream', () => {
  let app: TestApp;
  const opened: Reader[] = [];
  const read = async (user: string, lastEventId?: string): Promise<Reader> => {
    const reader = await app.read(user, ['staff'], { lastEventId });
    opened.push(reader);
    await reader.frame('ready');
    return reader;
  };
  const put = async (user: string, preferences: object): Promise<unknown> => (await app.call(user, ['staff'], 'PUT', '/preferences', preferences)).body;
  const isRelayed = (): Promise<unknown> => until('all is relayed', async () => (await app.business.query('select from belfry.changes')).rowCount === 0);

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterEach(() => {
    for (const reader of opened.splice(0)) reader.close();
  });
  afterAll(() => app.close());

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
