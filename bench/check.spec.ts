import { describe, expect, it } from '@jest/globals';
import { best, type Bound, holds, TRIES, verdict } from './check.js';
import type { Figure } from './figures.js';

const figure = (name: string, ratio: number | null): Figure => ({ name, ratio, value: 1, unit: '', baseline: 1, against: '', spread: [1, 1], samples: 1, need: null });
const bounds: Record<string, Bound> = { fast: { seen: 0.8, atLeast: 0.6 }, cheap: { seen: 2, atMost: 3 } };

/** Rounds in which the figures are these. */
async function measured(...rounds: [fast: number | null, cheap: number | null][]): Promise<{ found: [string, number | undefined][]; rounds: number }> {
  let nth = 0;
  const found = await best(bounds, () => {
    const [fast, cheap] = rounds[nth++] ?? [NaN, NaN];
    return Promise.resolve([figure('fast', fast), figure('cheap', cheap), figure('other', 0)]);
  });
  return { found: [...found], rounds: nth };
}

describe('the check', () => {
  it('is content with one round where all holds', async () => {
    expect(await measured([0.7, 2.5])).toEqual({ found: [['fast', 0.7], ['cheap', 2.5]], rounds: 1 });
  });

  it('takes the best of each figure over its tries, in the direction that is good', async () => {
    expect(await measured([0.5, 2], [0.7, 9])).toEqual({ found: [['fast', 0.7], ['cheap', 2]], rounds: 2 });
  });

  it('gives up after its tries, and says what it found', async () => {
    const { found, rounds } = await measured([0.1, 9], [0.3, 7], [0.2, 8], [0.9, 1]);
    expect(rounds).toBe(TRIES);
    expect(found).toEqual([['fast', 0.3], ['cheap', 7]]);
    expect(verdict('fast', { seen: 0.8, atLeast: 0.6 }, 0.3)).toBe('FAILS  fast: found 0.30, expected at least 0.6 (recorded: 0.8)');
  });

  it('fails what was not measured', async () => {
    const { found } = await measured([null, NaN], [null, NaN], [null, NaN]);
    expect(found.map(([name, ratio]) => holds(bounds[name] ?? { seen: 0 }, ratio))).toEqual([false, false]);
    expect(verdict('cheap', { seen: 2, atMost: 3 }, undefined)).toContain('was not measured, expected at most 3');
  });
});
