/** One row that a writer committed, and who is to hear of it. */
export interface CommittedRow {
  table: string;
  key: string;
  channel: string;
  topic: string;
  writer: number;
  /** The writer's transactions are numbered in the order it made them, each begun after the one before had ended. */
  transaction: number;
  /** Place among the rows of its transaction. */
  place: number;
  /** When its transaction began, in epoch milliseconds. */
  begunAt: number;
}

/** One notification, as a reader was given it, or as the tables have it. */
export interface Received {
  id: string;
  table: string;
  key: string;
}

/**
 * What the database held at the end of one of its lives: at the very end, and before each time that a backup took its place.
 * The oldest comes first.
 */
export interface Ledger {
  rows: readonly CommittedRow[];
  notifications: readonly Received[];
  /** Every epoch that an event id of this life may have. */
  epochs: readonly string[];
}

export const nameOf = ({ table, key }: { table: string; key: string }): string => `${table}#${key}`;
export const epochOf = (id: string): string => id.slice(0, id.lastIndexOf('-'));
export const positionOf = (id: string): bigint => BigInt(id.slice(id.lastIndexOf('-') + 1));
