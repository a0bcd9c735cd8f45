import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RateLimit, type RateLimitOptions } from './rate-limit.js';

/** A limit whose clock stands still until it is moved. */
function limited(perSecond: number, burst: number, options: RateLimitOptions = {}) {
  const clock = { now: 1_000 };
  return { clock, limit: new RateLimit({ perSecond, burst }, { ...options, now: () => clock.now }) };
}

describe('a rate limit', () => {
  it('lets a burst in, and says when the next one may come', () => {
    const { clock, limit } = limited(2, 3);
    expect([1, 2, 3, 4, 5].map(() => limit.take('ann'))).toEqual([0, 0, 0, 500, 500]);
    clock.now += 499;
    expect(limit.take('ann')).toBe(1);
    clock.now += 1;
    expect(limit.take('ann')).toBe(0);
    expect(limit.take('ann')).toBe(500);
  });

  it('gives the whole burst back to who stayed away', () => {
    const { clock, limit } = limited(2, 3);
    for (let n = 0; n < 3; n++) limit.take('ann');
    clock.now += 1_500;
    expect([1, 2, 3, 4].map(() => limit.take('ann'))).toEqual([0, 0, 0, 500]);
  });

  it('counts each caller alone', () => {
    const { limit } = limited(1, 1);
    expect([limit.take('ann'), limit.take('bob'), limit.take('ann')]).toEqual([0, 0, 1_000]);
  });

  it('makes a loop wait longer and longer where it is told to, up to a limit, and lets in who waits as told', () => {
    const { clock, limit } = limited(0.5, 2, { growsToMs: 10_000 });
    const waits = Array.from({ length: 9 }, () => limit.take('ann'));
    expect(waits).toEqual([0, 0, 4_000, 6_000, 8_000, 10_000, 10_000, 10_000, 10_000]);
    expect(limit.take('bob')).toBe(0);
    clock.now += 10_000;
    expect(limit.take('ann')).toBe(0);
    expect(limit.take('ann')).toBe(4_000);
  });

  it('is none when it is off', () => {
    const limit = new RateLimit(undefined);
    for (let n = 0; n < 10_000; n++) expect(limit.take('ann')).toBe(0);
    expect(limit.size).toBe(0);
  });

  it('lets in no more than burst and rate allow, and never keeps out who waited as long as it said', () => {
    const steps = fc.array(fc.record({ caller: fc.constantFrom('a', 'b'), pause: fc.integer({ min: 0, max: 2_000 }) }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 10 }), steps, (perSecond, burst, given) => {
        const { clock, limit } = limited(perSecond, burst);
        const letIn: Record<string, number[]> = { a: [], b: [] };
        const welcomeAt: Record<string, number> = {};
        for (const { caller, pause } of given) {
          clock.now += pause;
          const wait = limit.take(caller);
          if (wait === 0) letIn[caller]?.push(clock.now);
          else expect(clock.now).toBeLessThan(welcomeAt[caller] ?? Infinity);
          welcomeAt[caller] = wait === 0 ? Infinity : clock.now + wait;
        }
        for (const times of Object.values(letIn)) {
          times.forEach((from, first) => times.slice(first).forEach((to, more) => {
            expect(more + 1).toBeLessThanOrEqual(burst + ((to - from) / 1_000) * perSecond + 1e-6);
          }));
        }
      }),
    );
  });

  it('remembers a bounded number of callers, and forgets those who owe nothing', () => {
    const { clock, limit } = limited(1, 2, { maxCallers: 1_000 });
    for (let n = 0; n < 5_000; n++) limit.take(`attacker ${n}`);
    expect(limit.size).toBeLessThanOrEqual(1_000);
    for (let n = 0; n < 1_000; n++) {
      clock.now += 5_000;
      limit.take('ann');
    }
    expect(limit.size).toBe(1);
  });

  it('holds 100,000 callers by itself', () => {
    const limit = new RateLimit({ perSecond: 0.001, burst: 2 });
    for (let n = 0; n < 150_000; n++) limit.take(`user ${n}`);
    expect(limit.size).toBe(100_000);
  });
});
