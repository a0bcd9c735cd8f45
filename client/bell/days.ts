import type { Language } from '../words/language.js';
import type { Notification } from '../core/wire.js';

/**
 * The day that each notification stands under, newest first, as the time when it begins: its own in the reader's time zone, but none later
 * than that of the one above it. The order is that of arrival, and one whose clock ran ahead would else open a day for the second time.
 */
export function daysOf(items: readonly Pick<Notification, 'updatedAt'>[]): number[] {
  // Of thousands that are held hardly any is new.
  const offset = new Date().getTimezoneOffset();
  if (offset !== known.offset) known = { offset, days: new WeakMap() };
  let above = Infinity;
  return items.map((item) => {
    const day = known.days.get(item) ?? midnightOf(new Date(item.updatedAt));
    known.days.set(item, day);
    above = Math.min(above, day);
    return above;
  });
}

/** As long as the reader's clock stays in its time zone. */
let known = { offset: NaN, days: new WeakMap<object, number>() };

/** "Today", "Yesterday", then the date, with its year where that is another one. */
export function dayName(day: Date, now: Date, { locale }: Language): string {
  // Rounded: where the clock is changed, a day has 23 hours or 25.
  const age = Math.round((midnightOf(now) - midnightOf(day)) / 86_400_000);
  if (age === 0 || age === 1) {
    return capitalised(new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-age, 'day'), locale);
  }
  const year = day.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' as const };
  return new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', ...year }).format(day);
}

function midnightOf(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}

function capitalised(text: string, locale: string): string {
  const [first = ''] = text;
  return first.toLocaleUpperCase(locale) + text.slice(first.length);
}
