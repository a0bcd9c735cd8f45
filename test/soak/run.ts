import { setTimeout as sleep } from 'node:timers/promises';
import { type CommittedRow, judge, type Witness } from '../support/oracle.js';
import { OwnPostgres } from '../support/postgres.js';
import { ServerProcess } from '../support/server.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';
import { type FaultName, letFaultsHappen } from './faults.js';
import { Chance } from './random.js';
import { createTables, RULES } from './rules.js';
import { TirelessReader } from './tireless-reader.js';
import { type Tally, Writers } from './writers.js';

export interface SoakOptions {
  /** The same seed draws the same faults and the same transactions; how they interleave is up to the machine. */
  seed: number;
  /** How long faults happen. */
  ms: number;
  log?: (line: string) => void;
}

export interface Report {
  seed: number;
  rows: number;
  tally: Tally;
  faults: FaultName[];
  readers: { name: string; received: number; connections: number }[];
  /** How long after the last fault the last reader had its last row. */
  caughtUpMs: number;
  /** In words; empty when every promise was kept. */
  breaches: string[];
  /** What the server said. */
  output: string;
}

const WRITERS = 12;
/** How long the last rows may take after the last fault. */
const PATIENCE_MS = 20_000;

/** Writers, readers and faults at once, over a database and a server of their own; then the verdict. */
export async function soak({ seed, ms, log = () => undefined }: SoakOptions): Promise<Report> {
  const chance = new Chance(seed);
  const postgres = await OwnPostgres.start();
  let server: ServerProcess | undefined;
  const readers: TirelessReader[] = [];
  let writers: Writers | undefined;
  try {
    const client = await postgres.connect();
    await createTables(client);
    await client.end();
    server = await ServerProcess.start({ databaseUrl: postgres.url, rules: RULES, env: { LOG_LEVEL: 'warn' } });
    readers.push(...(await gather(server.url, chance)));
    writers = new Writers(postgres, WRITERS, chance.fork(), { withinMs: 30, betweenMs: 150 });
    const joining = joinLate(server.url, chance.fork(), ms, readers);
    const faults = await letFaultsHappen({ postgres, server, readers }, chance.fork(), ms, log);
    await joining;
    await writers.stop();
    const rows = await writers.committedRows();
    const healed = Date.now();
    for (const reader of readers) if (!isSatisfied(reader, rows)) log(`${reader.name} waits for its last rows`);
    await until('every reader has its rows', () => readers.every((reader) => isSatisfied(reader, rows)), PATIENCE_MS).catch(() => undefined);
    const caughtUpMs = Date.now() - healed;
    const witnesses = await Promise.all(readers.map((reader) => questioned(reader, server?.url ?? '')));
    return {
      seed,
      rows: rows.length,
      tally: writers.tally,
      faults,
      readers: readers.map(({ name, received, connections }) => ({ name, received: received.length, connections })),
      caughtUpMs,
      breaches: judge(rows, witnesses),
      output: server.output,
    };
  } finally {
    await writers?.stop();
    await Promise.all(readers.map((reader) => reader.stop()));
    await server?.remove();
    await postgres.remove();
  }
}

/** Readers of all kinds; the last of them comes with the cursor that another had before the first row. */
async function gather(url: string, chance: Chance): Promise<TirelessReader[]> {
  const readers = [
    new TirelessReader('ann', ['red', 'green', 'blue'], url, {}, chance.fork()),
    new TirelessReader('ben', ['red'], url, { dropsAfter: 10 }, chance.fork()),
    new TirelessReader('cleo', [], url, { dropsAfter: 40, byQuery: true }, chance.fork()),
    new TirelessReader('eve', ['green', 'blue'], url, { dropsAfter: 3 }, chance.fork()),
  ];
  const cursor = await until('the first reader was greeted', () => readers[0]?.cursor);
  await until('every reader was greeted', () => readers.every((reader) => reader.cursor !== undefined));
  readers.push(new TirelessReader('dan', ['blue'], url, { from: cursor, dropsAfter: 100 }, chance.fork()));
  return readers;
}

/** Some come in the middle: without a cursor, and with that of the beginning. */
async function joinLate(url: string, chance: Chance, ms: number, readers: TirelessReader[]): Promise<void> {
  const beginning = readers[0]?.cursor;
  for (const user of ['fay', 'gus', 'hal']) {
    await sleep(chance.between(0, ms / 3));
    const from = chance.happens(0.5) ? beginning : undefined;
    readers.push(new TirelessReader(user, ['red', 'blue'], url, from === undefined ? {} : { from }, chance.fork()));
  }
}

function isSatisfied(reader: TirelessReader, rows: readonly CommittedRow[]): boolean {
  const seen = new Set(reader.received.map(({ table, key }) => `${table}#${key}`));
  const { since, sinceTime, channels } = reader.testify(undefined);
  const owed = rows.filter((row) => channels.includes(row.channel) && (since === 0n || row.begunAt > sinceTime));
  return reader.cursor !== undefined && owed.every(({ table, key }) => seen.has(`${table}#${key}`));
}

/** What it saw, with what REST says once the counts have come to rest. */
async function questioned(reader: TirelessReader, url: string): Promise<Witness> {
  const ask = async (): Promise<{ count: number; capped: boolean }> => {
    const headers = { authorization: `Bearer ${await tokenFor(reader.user, [...reader.roles])}` };
    const response = await fetch(`${url}/v1/notifications/counts`, { headers });
    if (!response.ok) throw new Error(`the counts were answered with ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { unread: { count: number; capped: boolean } }).unread;
  };
  let listed = await ask().catch(() => undefined);
  // Told four times a second at most: the last ones may be on their way.
  await until('the counts agree', async () => {
    listed = await ask().catch(() => undefined);
    return JSON.stringify(listed) === JSON.stringify(reader.told);
  }, 5_000).catch(() => undefined);
  return reader.testify(listed);
}
