import { type CommittedRow, epochOf, type Ledger, nameOf, positionOf, type Received } from './ledger.js';
import { type Count, type Mark, unreadOf, wrongMarks } from './oracle-marks.js';

/** What was heard of: from the first cursor to the end, or until the stream said `reset`. */
export interface Life {
  /** The channels that the reader had, each list from above a position on. The first is where it began. */
  stretches: { since: bigint; channels: readonly string[] }[];
  /** When it had its first cursor, in epoch milliseconds: what began later lies above. */
  sinceTime: number;
  received: readonly Received[];
  /** The last event id. */
  cursor: string | undefined;
  /** After a `reset`: what REST listed from then on, asked until it answered. */
  fetched?: readonly Received[];
}

/** All that one reader saw, over all its connections. */
export interface Witness {
  name: string;
  /** Every life but the last ended by a `reset`. */
  lives: readonly Life[];
  /** What its stream did that no stream may: frames without an id, a cursor that went back. */
  faults: readonly string[];
  /** What it was told last, by each that counts for it: the stream, REST, SQL. */
  counts: Record<string, Count | undefined>;
  /** What it marked as read, and was told that it is. */
  marks: readonly Mark[];
  /** All that REST lists at the end, with its state; undefined: was not asked. */
  listed: readonly (Received & { isRead: boolean })[] | undefined;
}

/**
 * What was promised, checked from outside: every reader has each committed row of its channels once, in the one order that the
 * tables have, in which no writer's transaction comes before an earlier one of its own; counts and marks are what they should be.
 *
 * @returns every breach, in words; empty when all held
 */
export function judge(ledgers: readonly Ledger[], witnesses: readonly Witness[]): string[] {
  const books = ledgers.map((ledger) => new Book(ledger));
  const breaches = books.flatMap((book) => book.breaches);
  for (const witness of witnesses) {
    const found = [...witness.faults];
    for (const [index, life] of witness.lives.entries()) {
      const isLast = index === witness.lives.length - 1;
      const ledger = ledgerOf(witness.lives, index, ledgers);
      const book = books.find((one) => one.ledger === ledger);
      if (!book) found.push(`was told to reset after ${life.cursor}, of an epoch that there never was`);
      else if (!isLast && book === books.at(-1)) found.push(`was told to reset after ${life.cursor}, and no backup was restored since`);
      else found.push(...orderOf(life, book), ...owed(life, book, isLast));
    }
    const [last, book] = [witness.lives.at(-1), books.at(-1)];
    if (last && book) found.push(...inboxOf(witness, last, book));
    breaches.push(...found.map((text) => `${witness.name}: ${text}`));
  }
  return breaches;
}

/** A ledger that can be looked things up in. */
class Book {
  readonly committed: ReadonlyMap<string, CommittedRow>;
  readonly positions = new Map<string, string>();
  readonly breaches: string[] = [];

  constructor(readonly ledger: Ledger) {
    this.committed = new Map(ledger.rows.map((row) => [nameOf(row), row]));
    for (const notification of ledger.notifications) {
      const name = nameOf(notification);
      if (this.positions.has(name)) this.breaches.push(`the tables have ${name} twice: ${this.positions.get(name)}, ${notification.id}`);
      if (!this.committed.has(name)) this.breaches.push(`the tables have ${name} (${notification.id}), which was never committed`);
      this.positions.set(name, notification.id);
    }
  }
}

/**
 * What there was when a reader's life ended. A cursor's epoch says which life of the database it is of; a restored backup has
 * the earlier epochs too.
 */
export function ledgerOf(lives: readonly Life[], index: number, ledgers: readonly Ledger[]): Ledger | undefined {
  if (index === lives.length - 1) return ledgers.at(-1);
  const cursor = lives[index]?.cursor;
  return cursor === undefined ? undefined : ledgers.find(({ epochs }) => epochs.includes(epochOf(cursor)));
}

/** What came and should not have, or not then. */
function orderOf(life: Life, { committed, positions }: Book): string[] {
  const breaches: string[] = [];
  const seen = new Set<string>();
  const lastOf = new Map<number, CommittedRow>();
  let last = -1n;
  for (const { id, ...source } of life.received) {
    const name = nameOf(source);
    const row = committed.get(name);
    if (seen.has(name)) breaches.push(`was given ${name} twice`);
    seen.add(name);
    if (BigInt(id) <= last) breaches.push(`was given ${id} (${name}) after ${last}`);
    last = BigInt(id);
    if (!row) {
      breaches.push(`was given ${name}, which was never committed`);
      continue;
    }
    if (positions.get(name) !== id) breaches.push(`knows ${name} as ${id}, the tables as ${positions.get(name)}`);
    if (!channelsAt(life, last).includes(row.channel)) breaches.push(`was given ${name}, which is for ${row.channel}`);
    const before = lastOf.get(row.writer);
    if (before && isLater(before, row)) {
      breaches.push(`was given ${placeOf(row)} (${name}, ${id}) after ${placeOf(before)} (${nameOf(before)})`);
    }
    lastOf.set(row.writer, row);
  }
  return breaches;
}

/** What a reader should have and does not. One that was reset is owed what lies below its last cursor, and REST the rest. */
function owed(life: Life, { ledger, positions }: Book, isLast: boolean): string[] {
  const breaches: string[] = [];
  const since = life.stretches[0]?.since;
  if (since === undefined) return isLast ? ['was never greeted'] : [];
  const end = isLast || life.cursor === undefined ? undefined : positionOf(life.cursor);
  const seen = new Set(life.received.map(nameOf));
  const fetched = life.fetched && new Set(life.fetched.map(nameOf));
  for (const row of ledger.rows) {
    const name = nameOf(row);
    const id = positions.get(name);
    if (id === undefined) {
      if (isLast && channelsAt(life, undefined).includes(row.channel)) breaches.push(`was never given ${name} (nor was anybody)`);
      continue;
    }
    const position = BigInt(id);
    if (row.begunAt > life.sinceTime && position <= since) {
      breaches.push(`${name} began after its cursor ${since} and was put at ${id}`);
    }
    const isOwed = position > since && (end === undefined || position <= end);
    if (isOwed && channelsAt(life, position).includes(row.channel) && !seen.has(name)) breaches.push(`was never given ${name} (${id})`);
    if (fetched && position <= since && channelsAt(life, since).includes(row.channel) && !fetched.has(name)) {
      breaches.push(`was told to reset at ${since}, and REST did not list ${name} (${id})`);
    }
  }
  return breaches;
}

/** Counts, the list and the read state, as the rows and the marks have them. */
function inboxOf(witness: Witness, life: Life, { ledger, positions }: Book): string[] {
  const channels = channelsAt(life, undefined);
  const own = ledger.rows.filter(({ channel }) => channels.includes(channel));
  const withIds = own.flatMap((row) => {
    const id = positions.get(nameOf(row));
    return id === undefined ? [] : [{ ...row, id }];
  });
  const breaches: string[] = [];
  const expected = unreadOf(withIds, witness.marks, own.length - withIds.length);
  for (const [from, count] of Object.entries(witness.counts)) {
    const found = count === undefined ? 'nothing' : `${count.count}${count.capped ? ', capped' : ''}`;
    if (found !== expected) breaches.push(`${from} counts ${found}, expected ${expected}`);
  }
  if (witness.listed) breaches.push(...wrongMarks(withIds, witness.marks, witness.listed));
  return breaches;
}

/** The channels at a position; undefined: now. Each connection has those of its token, from its cursor on. */
function channelsAt({ stretches }: Life, position: bigint | undefined): readonly string[] {
  const at = position === undefined ? stretches.at(-1) : stretches.findLast(({ since }) => since < position);
  return (at ?? stretches[0])?.channels ?? [];
}

function isLater(a: CommittedRow, b: CommittedRow): boolean {
  return a.transaction > b.transaction || (a.transaction === b.transaction && a.place > b.place);
}

function placeOf({ writer, transaction, place }: CommittedRow): string {
  return `row ${place} of transaction ${transaction} of writer ${writer}`;
}
