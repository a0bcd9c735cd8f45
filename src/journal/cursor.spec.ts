import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatCursor, isWellFormedCursor, parseCursor, placeCursor, type Reach } from './cursor.js';

const position = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const epoch = fc.stringMatching(/^[a-z0-9]{12}$/);

describe('a cursor', () => {
  it('is read back as it was written, and stays within what a browser sends without asking', () => {
    fc.assert(
      fc.property(epoch, position, (name, at) => {
        const text = formatCursor({ epoch: name, position: at });
        expect(isWellFormedCursor(text)).toBe(true);
        expect(parseCursor(text)).toEqual({ epoch: name, position: at });
      }),
    );
  });

  it('never makes reading throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const cursor = parseCursor(text);
        if (cursor) expect(cursor.position).toBeLessThan(2n ** 63n);
      }),
    );
  });

  it.each(['', ' ', 'a b', 'a\n', 'é', 'a'.repeat(65), 'a\0'])('is malformed: %j', (text) => {
    expect(isWellFormedCursor(text)).toBe(false);
  });
});

describe('placing a cursor', () => {
  const epochs = [
    { name: 'before', since: 0n },
    { name: 'copied', since: 700n },
    { name: 'here', since: 900n },
  ];
  const reach: Reach = { epochs, floor: 100n, head: 1_000n, longestReplay: 500n };

  it.each([
    ['here-1000', { position: 1_000n }],
    ['here-500', { position: 500n }],
    ['here-499', { reset: 'behind' }],
    ['here-100', { reset: 'behind' }],
    ['here-99', { reset: 'purged' }],
    ['here-1001', { reset: 'ahead' }],
    ['there-1000', { reset: 'foreign' }],
    ['before-700', { position: 700n }],
    ['before-701', { reset: 'foreign' }],
    ['copied-701', { position: 701n }],
    ['copied-900', { position: 900n }],
    ['copied-901', { reset: 'foreign' }],
    ['here-', { reset: 'unknown' }],
    ['here-99999999999999999999', { reset: 'unknown' }],
    ['1000', { reset: 'unknown' }],
  ])('%s', (text, expected) => {
    expect(placeCursor(text, reach)).toEqual(expected);
  });

  it('serves the one at the floor, as everything above it is kept', () => {
    expect(placeCursor('here-100', { ...reach, longestReplay: 900n })).toEqual({ position: 100n });
  });
});
