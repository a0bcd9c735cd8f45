import { afterEach, describe, expect, it } from '@jest/globals';
import { Hub } from '../../src/stream/hub.service.js';
import { TestApp } from '../support/app.js';
import type { Reader } from '../support/reader.js';

let app: TestApp;
afterEach(() => app.close());

async function ready(user: string): Promise<Reader> {
  const reader = await app.read(user, ['staff']);
  await reader.frame('ready');
  return reader;
}

/** A request for a stream that is refused. @returns the wait that it is told */
async function refused(user: string): Promise<number> {
  const reader = await app.read(user, ['staff'], { lastEventId: 'as-it-came' });
  await reader.end();
  const [goodbye] = reader.dataOf('goodbye') as { reason: string; reconnectInMs: number }[];
  expect(reader.frames).toEqual([{ event: 'goodbye', id: 'as-it-came', retry: goodbye?.reconnectInMs, data: { reason: 'displaced', reconnectInMs: expect.any(Number) } }]);
  return goodbye?.reconnectInMs ?? 0;
}

describe('an admin who opens streams in a loop', () => {
  it('is told in the stream to stay away, longer each time, and hurts neither their open streams nor anybody else', async () => {
    app = await TestApp.start({ env: { BELFRY_LIMIT_STREAMS: '6/min burst 2' } });
    const [first, second] = [await ready('ann'), await ready('ann')];
    const waits = [await refused('ann'), await refused('ann'), await refused('ann')];
    for (const [n, wait] of waits.entries()) {
      // 20, 30 and 40 s, less what the machine took meanwhile.
      expect(wait).toBeLessThanOrEqual(20_000 + n * 10_000);
      if (n > 0) expect(wait).toBeGreaterThan(waits[n - 1] ?? 0);
    }
    const bobs = await ready('bob');
    expect(app.running.app.get(Hub).size).toBe(3);
    await app.business.query(`insert into things (name) values ('a lamp')`);
    for (const reader of [first, second, bobs]) {
      await reader.frame('notifications');
      reader.close();
    }
  });

  it('is not taken for one who comes with all their tabs after a deploy, twice', async () => {
    app = await TestApp.start({ env: { BELFRY_LIMIT_STREAMS: '' } });
    for (let deploy = 0; deploy < 2; deploy++) {
      const readers = await Promise.all(Array.from({ length: 8 }, () => ready('ann')));
      for (const reader of readers) reader.close();
    }
  });
});
