const UNITS = new Map([['ms', 1], ['s', 1_000], ['m', 60_000], ['h', 3_600_000], ['d', 86_400_000]]);

/** `7d`, `12h`, `90s`, `500ms` in milliseconds. */
export function milliseconds(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,9})\s*(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const length = UNITS.get(unit);
  if (amount === undefined || length === undefined) throw new Error('Expected a number and a unit, as 7d, 12h, 5m, 30s or 500ms.');
  return Number(amount) * length;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error('Expected a whole number.');
  return Number(text);
}
