import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lifetimeOf } from './lifetime.js';

describe('the lifetime of a stream', () => {
  it('ends at an age between 0.8 and 1.0 of the longest, or with the token when that is sooner', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3_600_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: -60_000, max: 7_200_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        (maxAgeMs, chance, left, now) => {
          const today = 1_800_000_000_000;
          const { endsAt, reason } = lifetimeOf({ expiresAt: new Date(today + left), maxAgeMs, chance, today, now });
          expect(endsAt).toBeGreaterThanOrEqual(now);
          expect(endsAt).toBeLessThanOrEqual(now + maxAgeMs + 1e-6);
          if (reason === 'token') expect(endsAt).toBe(now + Math.max(0, left));
          else {
            expect(endsAt).toBeGreaterThanOrEqual(now + maxAgeMs * 0.8 - 1e-6);
            expect(endsAt).toBeLessThanOrEqual(now + left + 1e-6);
          }
        },
      ),
    );
  });
});
