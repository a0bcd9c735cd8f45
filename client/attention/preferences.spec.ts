import { describe, expect, it } from '@jest/globals';
import { checkPreferences, defaultPreferences } from './preferences.js';

describe("a page's own preferences", () => {
  it('are taken as they are where they are good, and what is left out is left out', () => {
    const good = { ...defaultPreferences, quietHours: { from: '22:00', to: '24:00', timeZone: 'Europe/Berlin' }, mutedTopics: ['order.created'] };
    expect(checkPreferences(good)).toEqual({ preferences: good, wrong: [] });
    expect(checkPreferences({ title: false, toast: undefined })).toEqual({ preferences: { title: false }, wrong: [] });
  });

  it.each([
    [{ sound: 'critical' }, /^preferences\.sound is "critical": expected \{ minSeverity: 'info' \|/],
    [{ toast: { minSeverity: 'fatal' } }, /^preferences\.toast is \{"minSeverity":"fatal"\}: expected/],
    [{ title: 'yes' }, /^preferences\.title is "yes": expected true or false$/],
    [{ mutedTopics: 'order.created' }, /^preferences\.mutedTopics is "order\.created": expected a list/],
    [{ quietHours: { from: '10 pm', to: '07:00', timeZone: 'UTC' } }, /^preferences\.quietHours is .*10 pm.*: expected null, or/],
    [{ quietHours: { from: '22:00', to: '07:00', timeZone: 'Mars/Base' } }, /Mars\/Base/],
    [{ quietHours: { from: '22:00', to: '07:00' } }, /expected null, or/],
    [{ toString: true, colour: 'red' }, /^there is no preference toString: expected one of mutedTopics, toast,/],
    [7, /^preferences are 7: expected an object/],
  ])('are left out and named where they are wrong: %j', (given, message) => {
    const { preferences, wrong } = checkPreferences(given);
    expect(preferences).toEqual({});
    expect(wrong[0]).toMatch(message);
  });
});
