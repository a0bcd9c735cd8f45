import { describe, expect, it } from '@jest/globals';
import { Heights, stretchFor } from './stretch.js';

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}`);

function heightsOf(count: number, of?: (index: number) => number | undefined, hasHeading: (index: number) => boolean = () => false): Heights {
  const heights = new Heights();
  heights.set(ids(count), hasHeading);
  for (let index = 0; of && index < count; index++) {
    const height = of(index);
    if (height !== undefined) heights.measure(`n${index}`, height);
  }
  return heights;
}

describe('where rows stand', () => {
  it('is where those above end, a heading counted with the row below it', () => {
    const heights = heightsOf(4, (index) => 10 * (index + 1), (index) => index === 0 || index === 2);
    heights.heading = 5;
    heights.set(ids(4), (index) => index === 0 || index === 2);
    expect([0, 1, 2, 3, 4].map((index) => heights.topOf(index))).toEqual([0, 15, 35, 70, 110]);
    expect([-3, 0, 14, 15, 34, 35, 69, 70, 500].map((y) => heights.at(y))).toEqual([0, 0, 0, 1, 1, 2, 2, 3, 3]);
  });

  it('is guessed by the others where a row was never measured', () => {
    const heights = heightsOf(1000, (index) => (index < 2 ? 50 + 20 * index : undefined));
    expect(heights.topOf(1000)).toBe(1000 * 60);
    heights.measure('n1', 50);
    expect(heights.topOf(1000)).toBe(1000 * 50);
  });

  it('is known of a row that moves, and in an empty list', () => {
    const heights = heightsOf(2, (index) => [30, 70][index]);
    heights.set(['n1', 'n0'], () => false);
    expect(heights.topOf(1)).toBe(70);
    heights.set([], () => false);
    expect([heights.topOf(0), heights.at(10)]).toEqual([0, 0]);
  });
});

describe('the rows on the page', () => {
  const all = { from: 0, to: 0 };

  it('are all of a short list', () => {
    expect(stretchFor(heightsOf(100), 3000, 3500, all)).toEqual({ from: 0, to: 100 });
  });

  it('are those around what can be seen of a long one, however far down', () => {
    const heights = heightsOf(10_000, () => 50);
    for (let top = 0; top < 500_000; top += 12_345) {
      const { from, to } = stretchFor(heights, top, top + 500, all);
      expect(from * 50).toBeLessThanOrEqual(Math.max(0, top - 8 * 50));
      expect(to * 50).toBeGreaterThanOrEqual(Math.min(500_000, top + 500 + 8 * 50));
      expect(to - from).toBeLessThan(70);
    }
  });

  it('stay while they reach, and are others before the last of them is seen', () => {
    const heights = heightsOf(10_000, () => 50);
    const held = stretchFor(heights, 5000, 5500, all);
    expect(stretchFor(heights, 5300, 5800, held)).toBe(held);
    for (const top of [held.from * 50 + 300, held.to * 50 - 800]) expect(stretchFor(heights, top, top + 500, held)).not.toBe(held);
    // Of a list that was short before, or is shorter now, nothing is kept that is not wanted.
    expect(stretchFor(heights, 0, 500, { from: 0, to: 9000 }).to).toBeLessThan(50);
    expect(stretchFor(heightsOf(120, () => 50), 5500, 6000, { from: 70, to: 200 })).toEqual({ from: 86, to: 120 });
  });
});
