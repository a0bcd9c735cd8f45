/** Where the next look at the outbox begins, and what it may take. */
export interface Look {
  /** Only changes above this id. */
  above: bigint;
  /** Only what this snapshot saw committed; null: everything that is visible, as of a snapshot of its own. */
  seenBy: string | null;
}

/** What a look found. */
export interface Found {
  /** Highest id that it took. */
  highest: bigint;
  /** Whether there may be more of the same. */
  wasFull: boolean;
  /** The snapshot that it saw, as `pg_snapshot` prints it; matters with `seenBy` null. */
  snapshot: string;
}

/**
 * Plans looks at the outbox so that order is kept: a sweep takes everything that one snapshot sees, in id order, look by
 * look, and the next sweep begins anew.
 *
 * Were the later looks to take what was committed meanwhile, a row could come before the one that caused it: that one is
 * lower, but of a transaction that was open when its place was passed.
 */
export class Sweep {
  private current: { snapshot: string; above: bigint } | undefined;

  get next(): Look {
    return { above: this.current?.above ?? 0n, seenBy: this.current?.snapshot ?? null };
  }

  /** Whether the last look filled up, and the next goes on where it ended. */
  get isUnderWay(): boolean {
    return this.current !== undefined;
  }

  /** Notes what the look that `next` described has found. */
  note({ highest, wasFull, snapshot }: Found): void {
    this.current = wasFull ? { snapshot: this.current?.snapshot ?? snapshot, above: highest } : undefined;
  }

  /** Begins anew: nothing was found, or what was taken is back. */
  startOver(): void {
    this.current = undefined;
  }
}
