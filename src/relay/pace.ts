/** Above this rate, in changes per second, ringing at every commit costs the business more than looking costs us. */
const BUSY_PER_SECOND = 200;
/** Below this one the relay lies down again; apart, so that it does not toss about. */
const QUIET_PER_SECOND = 100;
/** Over how long the rate is taken, in milliseconds. */
const WINDOW_MS = 500;

/**
 * Wait before the next look while awake, in milliseconds: a small batch costs nearly as many round trips and syncs as a large
 * one, and takes them from the business's own processor. A look that filled up is followed by the next at once.
 */
export const LOOK_MS = 20;

/** Decides from the rate of changes whether the relay had better be awake (looks by itself) or asleep (is rung for). */
export class Pace {
  private windowStart: number;
  private inWindow = 0;
  private busy = false;

  constructor(now: number) {
    this.windowStart = now;
  }

  /** Notes what a look found. */
  note(found: number, now: number): void {
    this.inWindow += found;
    const elapsed = now - this.windowStart;
    // A burst is seen at once, quiet only after a whole window.
    if (this.inWindow > (BUSY_PER_SECOND * WINDOW_MS) / 1_000) this.busy = true;
    if (elapsed < WINDOW_MS) return;
    if ((this.inWindow * 1_000) / elapsed < QUIET_PER_SECOND) this.busy = false;
    this.windowStart = now;
    this.inWindow = 0;
  }

  /** Whether to be awake. */
  get isBusy(): boolean {
    return this.busy;
  }
}
