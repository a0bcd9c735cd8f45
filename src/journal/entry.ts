/** An admin's own change, as the `receipts` event carries it. */
export interface Receipt {
  ids?: string[];
  upTo?: string;
  read?: boolean;
  seen?: boolean;
  archived?: boolean;
  snoozedUntil?: string | null;
}

/** One journal entry, held ready for the wire: its JSON is made once, and shared by every session it goes to. */
export interface Entry {
  position: bigint;
  channels: readonly string[];
  /**
   * `notification` is a new one, its id is the position; `update` says that one stands otherwise now (`subject`), `purge`
   * that all up to one are gone (`subject`). Only what is no `notification` may change counts other than by one more.
   */
  kind: 'notification' | 'update' | 'receipt' | 'purge';
  /** Id of the notification that an update or a purge is about. */
  subject?: bigint;
  /** What the wire carries; nothing for a purge, which only the counts tell of. */
  json: string;
  /** When the change was committed, in epoch milliseconds (when it was captured, where the server does not track commits). */
  occurredAt: number;
}

/** Whether an entry is for somebody who hears these channels. */
export function isFor(entry: Entry, channels: ReadonlySet<string>): boolean {
  return entry.channels.some((channel) => channels.has(channel));
}
