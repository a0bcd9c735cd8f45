import { describe, expect, it } from '@jest/globals';
import { compare, isMet, median, percentile, plain } from './figures.js';

describe('figures', () => {
  it('takes the middle of an odd number of values and the mean of the two middle ones of an even number', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
  });

  it('takes the smallest value that so many do not exceed', () => {
    const sorted = Array.from({ length: 100 }, (_, i) => i + 1);
    expect([0, 0.5, 0.95, 0.99, 1].map((share) => percentile(sorted, share))).toEqual([1, 50, 95, 99, 100]);
    expect(percentile([7], 0.5)).toBe(7);
  });

  it('compares within each round, so that a disturbed round does not tilt the ratio', () => {
    const figure = compare('x', '/s', [{ value: 50, baseline: 100 }, { value: 5, baseline: 10 }, { value: 66, baseline: 110 }], 'y');
    expect(figure).toMatchObject({ value: 50, baseline: 100, ratio: 0.5, spread: [0.5, 0.6], samples: 3 });
  });

  it('holds a figure to its need, by value or by ratio', () => {
    const rounds = [{ value: 30, baseline: 10 }];
    expect(isMet(compare('x', 'ms', rounds, 'y', { of: 'ratio', atMost: 4 }))).toBe(true);
    expect(isMet(compare('x', 'ms', rounds, 'y', { of: 'ratio', atMost: 2.9 }))).toBe(false);
    expect(isMet(compare('x', '/s', rounds, 'y', { of: 'value', atLeast: 30 }))).toBe(true);
    expect(isMet(plain('x', '/s', [29], { of: 'value', atLeast: 30 }))).toBe(false);
    expect(isMet(plain('x', '/s', [29]))).toBeNull();
  });
});
