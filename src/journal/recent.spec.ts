import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Entry } from './entry.js';
import { RecentEntries } from './recent.js';

const entry = (position: bigint, channel = 'everyone', json = '{}'): Entry => ({
  position,
  channels: [channel],
  kind: 'notification',
  json,
  occurredAt: 0,
});

describe('the recent end of the journal', () => {
  it('gives exactly what lies after a position, or says that it does not hold it', () => {
    const steps = fc.array(fc.record({ gap: fc.bigInt({ min: 1n, max: 3n }), channel: fc.constantFrom('a', 'b'), size: fc.nat(40) }));
    fc.assert(
      fc.property(steps, fc.nat(30), fc.integer({ min: 1, max: 9 }), (made, from, limit) => {
        const recent = new RecentEntries(8, 200);
        const all: Entry[] = [];
        let at = 0n;
        for (const { gap, channel, size } of made) {
          at += gap;
          const next = entry(at, channel, 'x'.repeat(size));
          all.push(next);
          recent.append([next]);
        }
        expect(recent.head).toBe(at);
        const expected = all.filter(({ position, channels }) => position > BigInt(from) && channels[0] === 'a').slice(0, limit);
        const found = recent.after(BigInt(from), new Set(['a']), limit);
        if (BigInt(from) < recent.floor) expect(found).toBeUndefined();
        else expect(found).toEqual(expected);
      }),
    );
  });

  it('is bounded in entries and in characters', () => {
    const recent = new RecentEntries(100, 1_000);
    for (let n = 1n; n <= 10_000n; n++) recent.append([entry(n)]);
    expect(recent.size).toBeLessThanOrEqual(113);
    expect(recent.size).toBeGreaterThanOrEqual(100);
    for (let n = 10_001n; n <= 10_010n; n++) recent.append([entry(n, 'everyone', 'x'.repeat(400))]);
    expect(recent.size).toBeLessThanOrEqual(2);
    expect(recent.floor).toBeGreaterThanOrEqual(10_008n);
  });

  it('refuses what is not in commit order', () => {
    const recent = new RecentEntries(10, 1_000, 5n);
    recent.append([entry(6n)]);
    expect(() => recent.append([entry(6n)])).toThrow('position 6 came after 6');
    expect(() => recent.append([entry(5n)])).toThrow(RangeError);
  });
});
