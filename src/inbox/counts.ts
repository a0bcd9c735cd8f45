/** Nothing is counted further: who has a thousand unread needs no exact number. */
export const COUNT_CAP = 1_000;

/** An absolute count; `capped` says that there are more. */
export interface Count {
  count: number;
  capped: boolean;
}

/** What the bell shows: not read yet, and not even seen. */
export interface Counts {
  unread: Count;
  unseen: Count;
}

/** @param counted counted to one above the cap at most */
export function toCount(counted: number): Count {
  return { count: Math.min(counted, COUNT_CAP), capped: counted > COUNT_CAP };
}

/** The count with `more` added; a capped one stays what it is. */
export function plus({ count, capped }: Count, more: number): Count {
  return capped ? { count, capped } : toCount(count + more);
}

export function areSame(a: Counts, b: Counts): boolean {
  const isSame = (one: Count, other: Count): boolean => one.count === other.count && one.capped === other.capped;
  return isSame(a.unread, b.unread) && isSame(a.unseen, b.unseen);
}
