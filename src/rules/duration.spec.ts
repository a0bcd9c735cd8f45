import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDuration, showDuration } from './duration.js';

describe('a duration', () => {
  it.each([['90s', 90], ['5m', 300], ['12h', 43_200], ['2d', 172_800]])('%s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '5', 'm', '0s', '-1d', '1.5h', '5 m', '1w', '1h30m', '1e3s'])('is not %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('is shown as it is written', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 100_000_000 }), (seconds) => {
      expect(parseDuration(showDuration(seconds))).toBe(seconds);
    }));
    expect([90, 300, 172_800].map(showDuration)).toEqual(['90s', '5m', '2d']);
  });
});
