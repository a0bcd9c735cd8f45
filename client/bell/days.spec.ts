import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dayName, daysOf } from './days.js';
import { en } from '../words/en.js';
import { languageFor } from '../words/language.js';
import { zh } from '../words/zh.js';

const at = (time: Date): { updatedAt: string } => ({ updatedAt: time.toISOString() });

describe('the days of a list', () => {
  it('are never opened twice, whatever the clocks said', () => {
    const times = fc.array(fc.date({ min: new Date(2020, 0), max: new Date(2030, 0), noInvalidDate: true }));
    fc.assert(fc.property(times, (list) => {
      const days = daysOf(list.map(at));
      expect(days).toEqual([...days].sort((a, b) => b - a));
    }));
  });

  it('are those of the reader', () => {
    const evening = new Date(2026, 2, 4, 23, 59);
    const morning = new Date(2026, 2, 4, 0, 1);
    expect(daysOf([evening, morning].map(at))).toEqual([new Date(2026, 2, 4).getTime(), new Date(2026, 2, 4).getTime()]);
  });

  it('have names', () => {
    const now = new Date(2026, 2, 4, 0, 5);
    const name = (tag: string, day: Date): string => dayName(day, now, languageFor(tag, { en, zh }));
    expect(name('en', new Date(2026, 2, 4))).toBe('Today');
    expect(name('en', new Date(2026, 2, 3))).toBe('Yesterday');
    expect(name('zh', new Date(2026, 2, 3))).toBe('昨天');
    expect(name('en', new Date(2026, 2, 2))).toBe('Monday, March 2');
    expect(name('en', new Date(2025, 11, 31))).toBe('Wednesday, December 31, 2025');
  });
});
