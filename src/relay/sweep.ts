/** Where the next look at the outbox begins, and what it may take. */
export interface Look {
  /** Only changes above this id. */
  above: bigint;
  /** Only what this snapshot saw committed; null: everything that is visible, as of a snapshot of its own. */
  seenBy: string | null;
}

/** What a look found. */
export interface Found {
  /** Highest id that it took; undefined when it took nothing. */
  highest: bigint | undefined;
  /** Whether there may be more of the same. */
  wasFull: boolean;
  /** The snapshot that it saw, `xmin:xmax:xip`; asked for with `seenBy` null. */
  snapshot: string;
}

/**
 * Plans looks at the outbox so that order is kept and dead rows are passed over.
 *
 * A sweep takes everything that one snapshot sees, in id order, look by look. Were later looks to take what was committed
 * meanwhile, a row could come before the one that caused it: lower, but of a transaction that was open when its place was
 * passed.
 *
 * What was taken leaves dead rows that every sweep would have to pass, above all behind an old snapshot. A sweep therefore
 * starts above the ids that can't turn up any more: a writer has its transaction id before it draws a change's id, so
 * whoever drew one below the highest taken was running then, and has ended once `xmin` passes that sweep's `xmax`.
 */
export class Sweep {
  private floorId = 0n;
  private highest = 0n;
  private pending: { floor: bigint; xmax: bigint } | undefined;
  private current: { snapshot: string; above: bigint } | undefined;

  /** No change at or below this id is there, or will be. */
  get floor(): bigint {
    return this.floorId;
  }

  get next(): Look {
    return this.current ? { above: this.current.above, seenBy: this.current.snapshot } : { above: this.floorId, seenBy: null };
  }

  /** Notes what the look that `next` described has found. */
  note({ highest, wasFull, snapshot }: Found): void {
    const seen = this.current?.snapshot ?? snapshot;
    if (highest !== undefined && highest > this.highest) this.highest = highest;
    if (wasFull && highest !== undefined) {
      this.current = { snapshot: seen, above: highest };
      return;
    }
    this.current = undefined;
    const [xmin = '0', xmax = '0'] = seen.split(':');
    if (this.pending && BigInt(xmin) >= this.pending.xmax) {
      this.floorId = this.pending.floor;
      this.pending = undefined;
    }
    this.pending ??= { floor: this.highest, xmax: BigInt(xmax) };
  }

  /** Ends a sweep whose last look found nothing. */
  abandon(): void {
    this.current = undefined;
  }
}
