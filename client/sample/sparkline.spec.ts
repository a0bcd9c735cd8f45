import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { linePath } from './sparkline.js';

const points = (path: string): [number, number][] =>
  [...path.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);

it('ends at the right edge, and breaks off where nothing was measured', () => {
  expect(linePath([0, 10, null, 5, null, null, 10], 7)).toBe('M0 26L16.67 2M50 14h0M100 2h0');
});

it('draws every reading once, in order, within the plot', () => {
  const readings = fc.array(fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })), { maxLength: 60 });
  fc.assert(fc.property(readings, (values) => {
    const drawn = points(linePath(values, 60));
    expect(drawn).toHaveLength(values.filter((value) => value !== null).length);
    expect(drawn.every(([x, y]) => x >= 0 && x <= 100 && y >= 0 && y <= 28)).toBe(true);
    expect(drawn.every(([x], index) => index === 0 || x > (drawn[index - 1]?.[0] ?? 0))).toBe(true);
  }));
});
