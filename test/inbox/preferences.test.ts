import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';

const DEFAULTS = {
  mutedTopics: [], toast: { minSeverity: 'info' }, sound: { minSeverity: 'none' }, desktop: { minSeverity: 'none' },
  title: true, quietHours: null, acknowledgeCritical: false,
};

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.close());

const read = async (user: string): Promise<unknown> => (await app.call(user, [], 'GET', '/preferences')).body;
const put = (user: string, body: unknown): Promise<{ status: number; body: { detail?: string } }> => app.call(user, [], 'PUT', '/preferences', body);

describe('/v1/preferences', () => {
  it('are the defaults until somebody says otherwise, and each admin’s own', async () => {
    expect(await read('ann')).toEqual(DEFAULTS);
    const wanted = { ...DEFAULTS, mutedTopics: ['thing.created', 'gone.rule'], sound: { minSeverity: 'critical' },
      quietHours: { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }, acknowledgeCritical: true };
    expect(await put('ann', wanted)).toEqual({ status: 200, body: wanted });
    expect(await read('ann')).toEqual(wanted);
    expect(await read('bob')).toEqual(DEFAULTS);
  });

  it('are replaced whole: what is left out is as by default, what is said twice is kept once', async () => {
    await put('cem', { title: false, toast: { minSeverity: 'warning' } });
    await put('cem', { mutedTopics: ['a', 'b', 'a'] });
    expect(await read('cem')).toEqual({ ...DEFAULTS, mutedTopics: ['a', 'b'] });
  });

  it.each([
    ['another member', { volume: 11 }, /volume/],
    ['another severity', { toast: { minSeverity: 'loud' } }, /toast.*expected one of info, success, warning, critical, none/],
    ['a threshold without its name', { toast: 'info' }, /toast/],
    ['text for a flag', { title: 'yes' }, /title.*expected true or false/],
    ['a time past the day', { quietHours: { from: '24:00', to: '07:00', timeZone: 'UTC' } }, /quietHours.from.*22:00/],
    ['a zone of nowhere', { quietHours: { from: '22:00', to: '07:00', timeZone: 'Mars/Olympus' } }, /quietHours.timeZone.*Europe\/Berlin/],
    ['an offset for a zone', { quietHours: { from: '22:00', to: '07:00', timeZone: '+01:00' } }, /quietHours.timeZone.*IANA/],
    ['what is no topic', { mutedTopics: ['Not a topic'] }, /mutedTopics.*expected a topic/],
    ['too many topics', { mutedTopics: Array.from({ length: 1_001 }, (_, n) => `topic.n${n}`) }, /at most 1000 topics/],
    ['a list', [], /object/],
  ] as const)('refuses %s with what is wrong, and keeps what was', async (_, body, why) => {
    await put('dan', { title: false });
    const { status, body: problem } = await put('dan', body);
    expect(status).toBe(400);
    expect(JSON.stringify(problem)).toMatch(why);
    expect(await read('dan')).toEqual({ ...DEFAULTS, title: false });
  });

  it('has the defaults for what was not there when an older version wrote them', async () => {
    await app.business.query(`insert into belfry.preferences (user_id, preferences) values ('eve', '{"title": false}')`);
    expect(await read('eve')).toEqual({ ...DEFAULTS, title: false });
  });

  it('are read past what a newer version wrote: what it does not know is left out, what it can’t read is as by default', async () => {
    await app.business.query(`insert into belfry.preferences (user_id, preferences) values ('fay', '{"title": false, "toast": {"minSeverity": "urgent"}, "volume": 11}')`);
    expect(await read('fay')).toEqual({ ...DEFAULTS, title: false });
  });
});
