import { describe, expect, it } from '@jest/globals';
import { en } from './en.js';
import { badgeText, languageFor } from './language.js';
import { zh } from './zh.js';
import type { Notification } from '../core/wire.js';

const catalogs = { en, zh };
const titled = (title: string, severity: Notification['severity']): Notification =>
  ({ title, severity }) as Partial<Notification> as Notification;

describe('the words of a language', () => {
  const english = languageFor('en-US', catalogs);

  it.each([[0, false, '0'], [999, false, '999'], [1000, false, '999+'], [1000, true, '999+'], [12, true, '999+']])(
    'badge of %d, capped %s: %s', (count, capped, text) => {
      expect(badgeText({ count, capped })).toBe(text);
    });

  it('name the bell by what is unread and what is wrong', () => {
    expect(english.bellName('Notifications', undefined, 'connecting')).toBe('Notifications');
    expect(english.bellName('Notifications', { count: 0, capped: false }, 'live')).toBe('Notifications');
    expect(english.bellName('Messages', { count: 3, capped: false }, 'offline')).toBe('Messages, 3 unread, offline');
    expect(english.bellName('Notifications', { count: 1000, capped: true }, 'live')).toBe('Notifications, more than 999 unread');
  });

  it('sum up what came together, and say what is urgent', () => {
    expect(english.news([])).toBe('');
    expect(english.news([titled('New order', 'info')])).toBe('New order');
    expect(english.news([titled('New order', 'info'), titled('Stock is out', 'critical')]))
      .toBe('2 new notifications, 1 critical. Critical: Stock is out');
    expect(english.news([titled('Disk full', 'critical'), titled('Pump stopped', 'critical'), titled('Stock is low', 'warning'), titled('New order', 'info')]))
      .toBe('4 new notifications, 2 critical. Critical: Pump stopped');
    expect(english.news([titled('Stock is low', 'warning'), titled('New order', 'success')])).toBe('2 new notifications. Warning: Stock is low');
  });

  it('are Chinese for every Chinese tag, with nothing left in English', () => {
    const chinese = languageFor('zh-Hans-CN', catalogs);
    expect(chinese.news([titled('新订单', 'info'), titled('缺货', 'critical')])).toBe('2 条新通知，其中 1 条严重。严重：缺货');
    expect(chinese.age(new Date('2026-11-24T11:57:00Z'), new Date('2026-11-24T12:00:00Z'))).toBe('3分钟前');
    // Stands for whatever a sentence is given: a name, or how numbers are written.
    const given = { number: String, plural: () => 'other', toString: () => '' };
    const said = (words: object): string[] => Object.values(words).flatMap((word: unknown) => {
      if (typeof word === 'string') return word;
      return typeof word === 'function' ? (word as (...all: unknown[]) => string)(2, given, given, given) : said(word as object);
    });
    const { comma, ...rest } = zh;
    expect(comma).toBe('，');
    expect(said(rest).filter((line) => !/\p{Script=Han}|：/u.test(line))).toEqual([]);
  });
});

it('says the time of day alone of today, and the day of others', () => {
  const [now, other] = [new Date('2026-11-24T12:00:00'), new Date('2026-11-30T09:00:00')];
  expect(languageFor('en-GB', catalogs).clock(now, now)).toBe('12:00');
  expect(languageFor('en-GB', catalogs).clock(other, now)).toMatch(/^Mon,? 30 Nov,? 0?9:00$/);
});

describe('languageFor', () => {
  it('takes the nearest catalog, and all of it from one language', () => {
    const german = { ...catalogs, de: { unread: (n: number) => `${n} ungelesen`, severity: { critical: 'Kritisch' } } };
    const austrian = languageFor('de-at', german);
    expect(austrian.locale).toBe('de-AT');
    expect(austrian.words.unread(3, austrian)).toBe('3 ungelesen');
    expect(austrian.words.severity).toMatchObject({ critical: 'Kritisch', info: 'Information' });
    expect(austrian.words.markRead).toBe('Mark as read');
    expect(languageFor('fr-FR', german).locale).toBe('en');
    expect(languageFor('en-GB', german).moment(new Date('2026-11-24T12:00:00'))).toMatch('24 Nov 2026');
  });

  it.each(['', 'x', 'not a tag', 'constructor', '__proto__', 'en_US'])('speaks English for %j', (tag) => {
    expect(languageFor(tag, catalogs).words.markRead).toBe('Mark as read');
  });

  it('lays a bell’s own words over any language', () => {
    expect(languageFor('zh', catalogs, { notifications: '消息' }).words).toMatchObject({ notifications: '消息', emptyHint: zh.emptyHint });
  });
});
