const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000]];

/** "now", "3 minutes ago", "yesterday"; after a week the date. A clock that is behind the server's sees no future. */
export function relativeTime(time: Date, now: Date, format: Intl.RelativeTimeFormat): string {
  const age = Math.max(0, now.getTime() - time.getTime());
  if (age >= 7 * 86_400_000) {
    const year = time.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
    return time.toLocaleDateString(format.resolvedOptions().locale, { day: 'numeric', month: 'short', ...year });
  }
  const [unit, ms] = units.find(([, length]) => age >= length) ?? ['second', Infinity];
  return format.format(-Math.floor(age / ms) || 0, unit);
}
