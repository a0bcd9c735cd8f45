import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

describe('turns', () => {
  it('lets so many at it at a time, in the order they came, also after one that failed', async () => {
    const turns = new Turns(2);
    let atIt = 0;
    let most = 0;
    const order: number[] = [];
    const all = Array.from({ length: 9 }, (_, nth) =>
      turns.take(async () => {
        most = Math.max(most, ++atIt);
        order.push(nth);
        await new Promise((resolve) => setImmediate(resolve));
        atIt--;
        if (nth % 3 === 0) throw new Error(`${nth} failed`);
      }),
    );
    const ends = await Promise.allSettled(all);
    expect(ends.map(({ status }) => status === 'rejected')).toEqual(all.map((_, nth) => nth % 3 === 0));
    expect(order).toEqual(all.map((_, nth) => nth));
    expect(most).toBe(2);
  });
});
