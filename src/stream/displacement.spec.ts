import { describe, expect, it } from '@jest/globals';
import { Displacement } from './displacement.js';

describe('a displaced stream', () => {
  it('stays away twice as long each time, up to ten minutes', () => {
    const displacement = new Displacement();
    expect(Array.from({ length: 7 }, (_, nth) => displacement.next(nth * 1_000) / 1_000)).toEqual([30, 60, 120, 240, 480, 600, 600]);
  });

  it('is the first again when there was none for long', () => {
    const displacement = new Displacement();
    displacement.next(0);
    expect(displacement.next(1_200_000)).toBe(60_000);
    expect(displacement.next(2_400_001)).toBe(30_000);
  });
});
