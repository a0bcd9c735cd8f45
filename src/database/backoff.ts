/** First wait after a failure, in milliseconds. */
const FIRST_MS = 100;
/** Longest wait: what a reader may notice of a database that is back. */
const LONGEST_MS = 2_000;

/**
 * How long to wait before try number `attempt` (0 for the first): 100 ms, doubled each time, at most 2 s, less up to a half
 * by chance, so that many processes do not come back in step.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return full * (1 - random() / 2);
}
