const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Reads `90s`, `5m`, `12h` or `2d` as seconds; undefined when it is no such duration. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,9})(s|m|h|d)$/.exec(text) ?? [];
  const seconds = Number(number) * (SECONDS[unit ?? ''] ?? NaN);
  return seconds > 0 ? seconds : undefined;
}

/** `300` as `5m`: the longest unit that it is a whole number of. */
export function showDuration(seconds: number): string {
  const [unit, length] = Object.entries(SECONDS).findLast(([, each]) => seconds % each === 0) ?? ['s', 1];
  return `${seconds / length}${unit}`;
}
