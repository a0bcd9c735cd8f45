/** An admin's own change, as the `receipts` event carries it; or that these are not addressed to them any more. */
export interface Receipt {
  ids?: string[];
  /** With `ids`: what was raised above this position is not meant. */
  asOf?: string;
  /** A position: all up to there. */
  upTo?: string;
  read?: boolean;
  seen?: boolean;
  archived?: boolean;
  snoozedUntil?: string | null;
  withdrawn?: true;
}

/** One journal entry, held ready for the wire: its JSON is made once, and shared by every session it goes to. */
export interface Entry {
  position: bigint;
  channels: readonly string[];
  /**
   * `notification` is a new one, its id is the position; `raise` says that one has come up again, here; `update` that one
   * stands otherwise where it is; `own` that one admin has it back, with their own state; `preferences` that one admin has chosen
   * anew what disturbs them; `purge` that all up to a position are gone.
   */
  kind: 'notification' | 'raise' | 'update' | 'own' | 'receipt' | 'preferences' | 'purge';
  /** Id of the notification that a raise is of. */
  id?: bigint;
  /** Of the notification that it is of, whichever way. */
  topic?: string;
  /** Where a raised one was before. Undefined when it went to others then. */
  from?: bigint;
  /** Where the notification is that an update is of; up to where a purge went. */
  subject?: bigint;
  /** Only for who hears this one as well: an `own` entry's admin. */
  ownChannel?: string;
  /** An update by which it may be unread again for whom it was not. */
  reopens?: true;
  /** It was raised again since, by an entry further on: that one tells of it, to whom it goes by now. */
  superseded?: true;
  /** What the wire carries; of preferences what is kept of them; nothing for a purge, which only the counts tell of, and for what is superseded. */
  json: string;
  /** When the change was committed, in epoch milliseconds (when it was captured, where the server does not track commits). */
  occurredAt: number;
}

/** Whether an entry is for somebody who hears these channels. */
export function isFor(entry: Entry, channels: ReadonlySet<string>): boolean {
  if (entry.ownChannel !== undefined && !channels.has(entry.ownChannel)) return false;
  return entry.channels.some((channel) => channels.has(channel));
}
