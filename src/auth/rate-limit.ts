import type { Rate } from '../config/variables.js';

/** Callers remembered at a time; beyond that the one who has not been seen for longest is forgotten. Some 15 MB. */
const MAX_CALLERS = 100_000;

/** What else a rate limit may be told. */
export interface RateLimitOptions {
  /** Being refused costs as much as being let in, until the wait is this long: a loop waits longer and longer. Default 0. */
  growsToMs?: number;
  /** Default 100,000. */
  maxCallers?: number;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}

/**
 * How often each caller may come: `burst` at once, and `perSecond` on average. One number per caller (GCRA): the time at
 * which all that they were let in for is paid off. No timers, and no windows at whose edges twice as many come through.
 */
export class RateLimit {
  private readonly paidOffAt = new Map<string, number>();
  private readonly costMs: number;
  private readonly creditMs: number;
  private readonly growsToMs: number;
  private readonly maxCallers: number;
  private readonly now: () => number;

  /** @param rate undefined: no limit */
  constructor(rate: Rate | undefined, { growsToMs = 0, maxCallers = MAX_CALLERS, now = () => performance.now() }: RateLimitOptions = {}) {
    this.growsToMs = growsToMs;
    this.maxCallers = maxCallers;
    this.now = now;
    this.costMs = rate === undefined ? 0 : 1_000 / rate.perSecond;
    this.creditMs = rate === undefined ? 0 : (rate.burst - 1) * this.costMs;
  }

  /** Lets a caller in, or not. @returns 0, or the milliseconds after which they would be let in */
  take(caller: string): number {
    if (this.costMs === 0) return 0;
    const now = this.now();
    const owedUntil = Math.max(this.paidOffAt.get(caller) ?? now, now);
    const wait = owedUntil - this.creditMs - now;
    if (wait <= 0) {
      this.owe(caller, owedUntil + this.costMs, now);
      return 0;
    }
    const longer = Math.max(wait, Math.min(wait + this.costMs, this.growsToMs));
    if (longer > wait) this.owe(caller, owedUntil + longer - wait, now);
    return Math.ceil(longer);
  }

  private owe(caller: string, until: number, now: number): void {
    // The order of the map is the order in which callers last came.
    this.paidOffAt.delete(caller);
    this.paidOffAt.set(caller, until);
    this.forget(now);
  }

  /** Callers remembered now. */
  get size(): number {
    return this.paidOffAt.size;
  }

  /** Who owes nothing need not be remembered. Two at a time: as fast as they come, and no caller waits for it. */
  private forget(now: number): void {
    let looked = 0;
    for (const [caller, paidOffAt] of this.paidOffAt) {
      if (paidOffAt > now && this.paidOffAt.size <= this.maxCallers) return;
      if (++looked > 2) return;
      this.paidOffAt.delete(caller);
    }
  }
}
