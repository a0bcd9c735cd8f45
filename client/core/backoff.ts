/** Longest wait between two attempts. Unit: ms. */
export const longestDelayMs = 30_000;

/**
 * How long to wait before an attempt (0: the first after a loss). Doubles from `firstMs` up to the longest, then a
 * random half is taken off, so that the browsers of a restarted server don't come back all at once.
 *
 *     firstMs 1000:   1 s   2 s   4 s   8 s   16 s   30 s   30 s …   each × (0.5 to 1)
 */
export function backoff(attempt: number, firstMs = 1000, random: () => number = Math.random): number {
  const full = Math.min(longestDelayMs, firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(full * (0.5 + random() / 2));
}
