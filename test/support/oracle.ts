/** One row that a writer committed, and who is to hear of it. */
export interface CommittedRow {
  table: string;
  key: string;
  channel: string;
  writer: number;
  /** The writer's transactions are numbered in the order it made them, each begun after the one before had ended. */
  transaction: number;
  /** Place among the rows of its transaction. */
  place: number;
  /** When its transaction began, in epoch milliseconds. */
  begunAt: number;
}

/** One notification, as a reader was given it. */
export interface Received {
  id: string;
  table: string;
  key: string;
}

/** All that one reader saw over all its connections. */
export interface Witness {
  name: string;
  channels: readonly string[];
  /** Position of the first cursor it had: it is owed what lies above. */
  since: bigint;
  /** When it was given that cursor, in epoch milliseconds: what began later lies above. */
  sinceTime: number;
  received: readonly Received[];
  /** What its stream did that no stream may: frames without an id, a reset, a cursor that went back. */
  faults: readonly string[];
  /** The last counts it was told, and those of REST. */
  told: { count: number; capped: boolean } | undefined;
  listed: { count: number; capped: boolean } | undefined;
}

/** Counted up to here, and said to be capped beyond. */
const CAP = 1_000;

const nameOf = ({ table, key }: { table: string; key: string }): string => `${table}#${key}`;

/**
 * What was promised, checked from outside: every reader has each committed row of its channels once, in one order that all
 * readers share, in which no writer's transaction comes before an earlier one of its own.
 *
 * @returns every breach, in words; empty when all held
 */
export function judge(rows: readonly CommittedRow[], witnesses: readonly Witness[]): string[] {
  const breaches: string[] = [];
  const committed = new Map(rows.map((row) => [nameOf(row), row]));
  const positions = new Map<string, string>();
  for (const witness of witnesses) {
    const breach = (text: string): void => void breaches.push(`${witness.name}: ${text}`);
    witness.faults.forEach(breach);
    const seen = new Set<string>();
    const lastOf = new Map<number, CommittedRow>();
    let last = -1n;
    for (const { id, ...source } of witness.received) {
      const name = nameOf(source);
      const row = committed.get(name);
      if (seen.has(name)) breach(`was given ${name} twice`);
      seen.add(name);
      if (BigInt(id) <= last) breach(`was given ${id} (${name}) after ${last}`);
      last = BigInt(id);
      if ((positions.get(name) ?? id) !== id) breach(`knows ${name} as ${id}, another as ${positions.get(name)}`);
      positions.set(name, id);
      if (!row) {
        breach(`was given ${name}, which was never committed`);
        continue;
      }
      if (!witness.channels.includes(row.channel)) breach(`was given ${name}, which is for ${row.channel}`);
      const before = lastOf.get(row.writer);
      if (before && isLater(before, row)) {
        breach(`was given ${placeOf(row)} (${name}, ${id}) after ${placeOf(before)} (${nameOf(before)})`);
      }
      lastOf.set(row.writer, row);
    }
  }
  for (const witness of witnesses) breaches.push(...owed(rows, witness, positions).map((text) => `${witness.name}: ${text}`));
  return breaches;
}

/** What a reader should have and does not, and counts that are not the number. */
function owed(rows: readonly CommittedRow[], witness: Witness, positions: ReadonlyMap<string, string>): string[] {
  const breaches: string[] = [];
  const { since, sinceTime, channels, received } = witness;
  const seen = new Set(received.map(nameOf));
  const own = rows.filter(({ channel }) => channels.includes(channel));
  for (const row of own) {
    const name = nameOf(row);
    const position = positions.get(name);
    const isOwed = position === undefined ? row.begunAt > sinceTime || since === 0n : BigInt(position) > since;
    if (isOwed && !seen.has(name)) breaches.push(`was never given ${name} (${position ?? 'nor was anybody'})`);
    if (position !== undefined && row.begunAt > sinceTime && BigInt(position) <= since) {
      breaches.push(`${name} began after its cursor ${since} and was put at ${position}`);
    }
  }
  const expected = own.length > CAP ? `${CAP}, capped` : String(own.length);
  for (const [from, counts] of [['the stream', witness.told], ['REST', witness.listed]] as const) {
    const found = counts === undefined ? 'nothing' : `${counts.count}${counts.capped ? ', capped' : ''}`;
    if (found !== expected) breaches.push(`${from} counts ${found}, expected ${expected}`);
  }
  return breaches;
}

function isLater(a: CommittedRow, b: CommittedRow): boolean {
  return a.transaction > b.transaction || (a.transaction === b.transaction && a.place > b.place);
}

function placeOf({ writer, transaction, place }: CommittedRow): string {
  return `row ${place} of transaction ${transaction} of writer ${writer}`;
}
