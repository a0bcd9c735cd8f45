import { describe, expect, it } from '@jest/globals';
import { badgeText, bellName, newsText } from './words.js';
import type { Notification } from '../core/wire.js';

const titled = (title: string, severity: Notification['severity']): Notification =>
  ({ title, severity }) as Partial<Notification> as Notification;

describe('words', () => {
  it.each([[0, false, '0'], [999, false, '999'], [1000, false, '999+'], [1000, true, '999+'], [12, true, '999+']])(
    'badge of %d, capped %s: %s', (count, capped, text) => {
      expect(badgeText({ count, capped })).toBe(text);
    });

  it('name the bell by what is unread and what is wrong', () => {
    expect(bellName('Notifications', undefined, 'connecting')).toBe('Notifications');
    expect(bellName('Notifications', { count: 0, capped: false }, 'live')).toBe('Notifications');
    expect(bellName('Messages', { count: 3, capped: false }, 'offline')).toBe('Messages, 3 unread, offline');
    expect(bellName('Notifications', { count: 1000, capped: true }, 'live')).toBe('Notifications, more than 999 unread');
  });

  it('sum up what came together, and say what is urgent', () => {
    expect(newsText([])).toBe('');
    expect(newsText([titled('New order', 'info')])).toBe('New order');
    expect(newsText([titled('New order', 'info'), titled('Stock is out', 'critical')]))
      .toBe('2 new notifications. Critical: Stock is out');
  });
});
