import { describe, expect, it } from '@jest/globals';
import { Pace } from './pace.js';

describe('pace', () => {
  it('sleeps while changes are few, gets up at once in a burst, and lies down when it is over', () => {
    const pace = new Pace(0);
    let now = 0;
    const each = (perSecond: number, forMs: number): void => {
      for (const end = now + forMs; now < end; now += 1_000 / perSecond) pace.note(1, now);
    };
    each(20, 3_000);
    expect(pace.isBusy).toBe(false);
    each(1_000, 200);
    expect(pace.isBusy).toBe(true);
    each(1_000, 3_000);
    expect(pace.isBusy).toBe(true);
    // Between the two marks it stays as it is.
    each(150, 3_000);
    expect(pace.isBusy).toBe(true);
    each(20, 2_000);
    expect(pace.isBusy).toBe(false);
    each(150, 3_000);
    expect(pace.isBusy).toBe(false);
  });
});
