import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoff, longestDelayMs } from './backoff.js';

describe('backoff', () => {
  it('doubles up to the longest', () => {
    const series = [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => backoff(attempt, 1000, () => 1));
    expect(series).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('takes off up to a half, never more', () => {
    fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 60_000 }), fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, firstMs, random) => {
        const delay = backoff(attempt, firstMs, () => random);
        const full = backoff(attempt, firstMs, () => 1);
        expect(delay).toBeLessThanOrEqual(Math.min(full, longestDelayMs));
        expect(delay).toBeGreaterThanOrEqual(Math.floor(full / 2));
      }));
  });
});
