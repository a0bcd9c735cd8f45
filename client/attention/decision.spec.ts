import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isQuiet, whatToDo, type Place } from './decision.js';
import { defaultPreferences } from './preferences.js';
import type { Preferences, Threshold } from '../core/wire.js';
import type { Severity } from '../core/wire.js';

const severities: readonly Severity[] = ['info', 'success', 'warning', 'critical'];
const thresholds: readonly Threshold[] = [...severities, 'none'];
const severity = fc.constantFrom(...severities);
const threshold = fc.record({ minSeverity: fc.constantFrom(...thresholds) });
const minutes = (n: number): string => `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`;
const clock = fc.integer({ min: 0, max: 1439 }).map(minutes);
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland', 'Australia/Lord_Howe'];
const hours = fc.record({ from: clock, to: clock, timeZone: fc.constantFrom(...zones) });
const preferences: fc.Arbitrary<Preferences> = fc.record({
  mutedTopics: fc.constant([]),
  toast: threshold, sound: threshold, desktop: threshold, title: fc.boolean(),
  quietHours: fc.option(hours), acknowledgeCritical: fc.boolean(),
});
const place: fc.Arbitrary<Place> = fc.record({ leads: fc.boolean(), live: fc.boolean(), visible: fc.boolean() });
const time = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-31'), noInvalidDate: true });
const nothing = { speak: false, toast: false, sound: false, desktop: false, acknowledge: false };
const here: Place = { leads: true, live: true, visible: true };

describe('whatToDo', () => {
  it('keeps silent about what is caught up with', () => {
    fc.assert(fc.property(severity, preferences, time, place, (s, p, now, at) => {
      expect(whatToDo(s, p, now, { ...at, live: false })).toEqual(nothing);
    }));
  });

  it('makes a noise in one tab alone', () => {
    fc.assert(fc.property(severity, preferences, time, place, (s, p, now, at) => {
      expect(whatToDo(s, p, now, { ...at, leads: false })).toMatchObject({ sound: false, desktop: false });
    }));
  });

  it('tells of nothing less than is asked for, and of all that is worse than what it tells of', () => {
    fc.assert(fc.property(severity, severity, preferences, place, (a, b, p, at) => {
      const [mild, worse] = severities.indexOf(a) <= severities.indexOf(b) ? [a, b] : [b, a];
      const loud = { ...p, quietHours: null, acknowledgeCritical: false };
      const [less, more] = [mild, worse].map((s) => whatToDo(s, loud, new Date(), { ...at, visible: false }));
      for (const deed of ['toast', 'sound', 'desktop'] as const) {
        if (less?.[deed]) expect(more?.[deed]).toBe(true);
        expect(whatToDo(mild, { ...loud, [deed]: { minSeverity: 'none' } }, new Date(), at)[deed]).toBe(false);
      }
    }));
  });

  it('does nothing in quiet hours but for what has to be acknowledged', () => {
    fc.assert(fc.property(severity, preferences, hours, time, place, (s, p, quietHours, now, at) => {
      fc.pre(isQuiet(quietHours, now));
      const deeds = whatToDo(s, { ...p, quietHours }, now, at);
      if (s === 'critical' && p.acknowledgeCritical && at.live) expect(deeds).toMatchObject({ acknowledge: true, speak: true });
      else expect(deeds).toEqual(nothing);
    }));
  });

  it('spares the desktop what is seen on the page', () => {
    const both: Preferences = { ...defaultPreferences, desktop: { minSeverity: 'info' } };
    expect(whatToDo('info', both, new Date(), here)).toMatchObject({ toast: true, desktop: false });
    expect(whatToDo('info', both, new Date(), { ...here, visible: false })).toMatchObject({ desktop: true });
    expect(whatToDo('info', { ...both, toast: { minSeverity: 'none' } }, new Date(), here)).toMatchObject({ desktop: true });
  });
});

describe('isQuiet', () => {
  const berlin = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };

  it.each([
    ['2026-01-10T20:59:59Z', false], ['2026-01-10T21:00:00Z', true], ['2026-01-11T05:59:59Z', true], ['2026-01-11T06:00:00Z', false],
    // In summer an hour earlier.
    ['2026-07-10T19:59:59Z', false], ['2026-07-10T20:00:00Z', true], ['2026-07-11T04:59:59Z', true], ['2026-07-11T05:00:00Z', false],
    // The nights in which the clock is put forward and back.
    ['2026-03-29T04:59:59Z', true], ['2026-03-29T05:00:00Z', false], ['2026-10-25T05:59:59Z', true], ['2026-10-25T06:00:00Z', false],
  ])('over midnight in Berlin, at %s: %s', (at, quiet) => {
    expect(isQuiet(berlin, new Date(at))).toBe(quiet);
  });

  it('is either within the hours or within those left of the day', () => {
    fc.assert(fc.property(hours, time, ({ from, to, timeZone }, now) => {
      fc.pre(from !== to);
      expect(isQuiet({ from, to, timeZone }, now)).toBe(!isQuiet({ from: to, to: from, timeZone }, now));
    }));
  });

  it('is never where the hours are none, or of a zone that nobody knows', () => {
    fc.assert(fc.property(clock, time, (at, now) => {
      expect(isQuiet({ from: at, to: at, timeZone: 'UTC' }, now)).toBe(false);
      expect(isQuiet({ from: '00:00', to: '23:59', timeZone: 'Mars/Olympus' }, now)).toBe(false);
      expect(isQuiet(null, now)).toBe(false);
    }));
  });
});
