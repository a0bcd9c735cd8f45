import type { Change } from './outbox.js';
import type { OpenNotification } from './open-notifications.js';
import type { Rendered } from './rendered.js';

/** What a notification is of by now: the words of its last change, and what that left behind. */
export interface Content {
  rendered: Rendered;
  change: Change;
  expiresAt: Date | null;
  resolvable: boolean;
}

/** A notification while a batch is put together. */
export interface Live {
  /** As it stands in the tables; undefined for one that begins in this batch. */
  before: OpenNotification | undefined;
  topic: string;
  key: string | null;
  sourceTable: string | null;
  sourceKey: string | null;
  channels: readonly string[];
  occurrences: number;
  latest: readonly string[];
  windowEndsAt: Date | null;
  /** As `OpenNotification` has them. */
  escalateAt: Date | null;
  escalateTo: readonly string[];
  escalatedAt: Date | null;
  /** What became of an escalation that was due: told, or put off as somebody had taken it on. Undefined: none was due in this batch. */
  escalation: 'told' | 'put off' | undefined;
  /** When its first change was captured; of one that begins in this batch. */
  createdAt: Date;
  /** Undefined as long as nothing in this batch raised it. */
  content: Content | undefined;
  resolved: { at: Date; by: string } | undefined;
  /** Its key is another's from here on. */
  released: boolean;
  id: bigint;
  position: bigint;
}

/** Which notifications are open, from change to change of one batch. */
export class Ledger {
  private readonly byKey = new Map<string, Live>();
  /** Made when a row is first asked for: few batches do, and most notifications are of a row. */
  private byRow: Map<string, Set<Live>> | undefined;
  /** Of those that were there before. */
  private readonly byId = new Map<bigint, Live>();
  /** All that were there before, or begun. */
  readonly all: Live[] = [];

  constructor(open: readonly OpenNotification[]) {
    for (const before of open) {
      const live: Live = { ...before, before, createdAt: new Date(0), content: undefined, escalation: undefined, resolved: undefined, released: false };
      if (before.purged) {
        live.released = true;
        this.all.push(live);
      } else {
        this.byId.set(before.id, live);
        this.open(live);
      }
    }
  }

  withKey(topic: string, key: string): Live | undefined {
    return this.byKey.get(nameOf(topic, key));
  }

  withId(id: bigint): Live | undefined {
    return this.byId.get(id);
  }

  ofRow(topic: string, table: string, key: string): Live[] {
    if (!this.byRow) {
      this.byRow = new Map();
      for (const live of this.all) if (!live.resolved && !live.before?.purged) this.place(live, this.byRow);
    }
    return [...(this.byRow.get(nameOf(topic, table, key)) ?? [])];
  }

  open(live: Live): void {
    this.all.push(live);
    if (live.key !== null) this.byKey.set(nameOf(live.topic, live.key), live);
    if (this.byRow) this.place(live, this.byRow);
  }

  /** The next change with its key begins another one. */
  release(live: Live): void {
    live.released = true;
    if (live.key !== null) this.byKey.delete(nameOf(live.topic, live.key));
  }

  resolve(live: Live, at: Date, by: string): void {
    live.resolved = { at, by };
    if (live.key !== null) this.byKey.delete(nameOf(live.topic, live.key));
    if (live.sourceTable !== null && live.sourceKey !== null) this.byRow?.get(nameOf(live.topic, live.sourceTable, live.sourceKey))?.delete(live);
  }

  private place(live: Live, rows: Map<string, Set<Live>>): void {
    if (live.sourceTable === null || live.sourceKey === null || live.before?.resolvable === false) return;
    const row = nameOf(live.topic, live.sourceTable, live.sourceKey);
    rows.set(row, (rows.get(row) ?? new Set()).add(live));
  }
}

function nameOf(...parts: string[]): string {
  return JSON.stringify(parts);
}
