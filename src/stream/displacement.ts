/** The one that is displaced is to stay away longer than it takes to close a forgotten tab; in milliseconds, at first. */
const FIRST_MS = 30_000;
/** It is never sent away for longer. */
const LONGEST_MS = 600_000;
/** After this long without another, the next one is the first again. */
const FORGOTTEN_MS = 2 * LONGEST_MS;

/**
 * How long displaced streams stay away. One admin's streams that are one too many would displace each other for ever, as each
 * comes back: so each time it is twice as long, and soon nobody notices.
 *
 *     30 s   1 min   2 min   4 min   8 min   10 min   10 min …
 */
export class Displacement {
  private times = 0;
  private lastAt = -Infinity;

  /** @param now by a clock that only goes on, in milliseconds */
  next(now = performance.now()): number {
    if (now - this.lastAt > FORGOTTEN_MS) this.times = 0;
    this.lastAt = now;
    return Math.min(LONGEST_MS, FIRST_MS * 2 ** this.times++);
  }
}
