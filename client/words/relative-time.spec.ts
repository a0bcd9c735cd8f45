import { describe, expect, it } from '@jest/globals';
import { relativeTime } from './relative-time.js';

const now = new Date('2026-11-24T12:00:00Z');
const english = new Intl.RelativeTimeFormat('en-US', { numeric: 'auto' });

describe('relativeTime', () => {
  it.each([
    ['2026-11-24T12:00:30Z', 'now'],
    ['2026-11-24T11:59:01Z', 'now'],
    ['2026-11-24T11:59:00Z', '1 minute ago'],
    ['2026-11-24T11:01:00Z', '59 minutes ago'],
    ['2026-11-24T10:00:00Z', '2 hours ago'],
    ['2026-11-23T11:00:00Z', 'yesterday'],
    ['2026-11-18T12:00:00Z', '6 days ago'],
    ['2026-11-17T12:00:00Z', 'Nov 17'],
    ['2025-11-17T12:00:00Z', 'Nov 17, 2025'],
  ])('%s: %s', (time, text) => {
    expect(relativeTime(new Date(time), now, english)).toBe(text);
  });
});
