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
  kind: 'notification' | 'receipt';
  json: string;
  /** When the change was committed, in epoch milliseconds (when it was captured, where the server does not track commits). */
  occurredAt: number;
}

/** Whether an entry is for somebody who hears these channels. */
export function isFor(entry: Entry, channels: ReadonlySet<string>): boolean {
  return entry.channels.some((channel) => channels.has(channel));
}
