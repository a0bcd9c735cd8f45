import { afterEach, describe, expect, it } from '@jest/globals';
import { Hub } from '../../src/stream/hub.service.js';
import { TestApp, type TestAppOptions } from '../support/app.js';
import type { Reader } from '../support/reader.js';
import { until } from '../support/until.js';

describe('the limits of a stream', () => {
  let app: TestApp | undefined;
  let reader: Reader | undefined;
  const open = async (limits: TestAppOptions['limits'], roles = ['staff']): Promise<{ app: TestApp; reader: Reader }> => {
    app = await TestApp.start({ limits: limits ?? {} });
    reader = await app.read('ann', roles);
    await reader.frame('ready');
    return { app, reader };
  };
  afterEach(async () => {
    reader?.close();
    await app?.close();
  });

  it('has a comment after a time without traffic, which is no frame', async () => {
    const opened = await open({ heartbeatMs: 50 });
    await until('two comments', () => opened.reader.comments.length >= 2);
    expect(opened.reader.comments).toContain('keepalive');
    expect(opened.reader.frames.map(({ event }) => event)).toEqual(['hello', 'preferences', 'ready']);
  });

  it('ends at its age, by chance up to a fifth sooner, with a goodbye that says when to come back, and a clean end', async () => {
    app = await TestApp.start({ limits: { maxAgeMs: 3_000, perAdmin: Infinity } });
    const opened = await Promise.all(Array.from({ length: 40 }, async () => {
      const since = performance.now();
      const aged = await app?.read('ann', ['staff']);
      const goodbye = await aged?.frame('goodbye');
      await aged?.end();
      return { goodbye, ageMs: performance.now() - since, isWhole: aged?.endedWhole };
    }));
    for (const { goodbye, ageMs, isWhole } of opened) {
      expect(goodbye).toMatchObject({ data: { reason: 'age', reconnectInMs: expect.any(Number) }, id: expect.any(String) });
      expect(ageMs).toBeGreaterThan(2_400);
      // Told by the last chunk, not by a torn line.
      expect(isWhole).toBe(true);
    }
    // All at once is what the chance is there to prevent. How late they may be is the machine's affair.
    const ages = opened.map(({ ageMs }) => ageMs);
    expect(Math.max(...ages) - Math.min(...ages)).toBeGreaterThan(200);
  });

  it('brings an idle cursor up to what others were sent, so that it is not left behind', async () => {
    const opened = await open({ heartbeatMs: 100, idleLag: 5n }, ['other']);
    await opened.app.business.query(`insert into things (name) select 'for staff ' || n from generate_series(1, 10) n`);
    const counts = await opened.reader.frame('counts');
    expect(counts).toMatchObject({ data: { unread: { count: 0 } }, id: expect.stringMatching(/-10$/) });
    expect(opened.reader.notifications).toEqual([]);
  });

  it('cuts a reader that does not drain', async () => {
    const opened = await open({ stallMs: 500, heartbeatMs: 100 });
    opened.reader.pause();
    // More than the kernel holds for a reader that stopped.
    await opened.app.business.query(`insert into things (name) select repeat('x', 180) from generate_series(1, 30000) n`);
    const hub = opened.app.running.app.get(Hub);
    await until('it is cut', () => hub.size === 0);
  });
});
