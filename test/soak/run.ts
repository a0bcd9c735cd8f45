import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '../support/ledger.js';
import { judge, type Witness } from '../support/oracle.js';
import { until } from '../support/until.js';
import { type Happened, letFaultsHappen, type Schedule } from './faults/index.js';
import { Desk } from './desk/desk.js';
import { listInbox, unreadCount } from './inbox-client.js';
import { countUnread, leftovers, readLedger } from './ledger.js';
import { Marker } from './marker.js';
import { Chance } from './random.js';
import { Stage } from './stage.js';
import { TirelessReader } from './tireless-reader.js';
import { Writers, type Tally } from './writers.js';

export interface SoakOptions extends Schedule {
  /** The same seed draws the same faults and the same transactions; how they interleave is up to the machine. */
  seed: number;
  /** Server processes on the one database. */
  servers: number;
  log?: (line: string) => void;
}

export interface Report {
  seed: number;
  ledgers: Ledger[];
  witnesses: Witness[];
  tally: Tally;
  happened: Happened[];
  readers: TirelessReader[];
  marks: number;
  desk: Desk;
  /** How long after the last fault the last reader had its last row, in milliseconds. */
  caughtUpMs: number;
  /** In words; empty when every promise was kept. */
  breaches: string[];
  /** Where an inbox of the desk's, built from frames alone, is not what SQL and REST have. */
  disagreements: string[];
  /** What the servers said. */
  output: string;
}

const WRITERS = 12;
const PACING = { withinMs: 30, betweenMs: 150, longMs: 5_000 };
/** How long the last rows may take after the last fault, in milliseconds. */
const PATIENCE_MS = 30_000;
/** How long counts may take after the last row: told four times a second at most. */
const COUNTS_MS = 5_000;

/** Writers, readers, admins who mark, and faults at once, over a database and servers of their own; then the verdict. */
export async function soak({ seed, servers, log = () => undefined, ...schedule }: SoakOptions): Promise<Report> {
  const chance = new Chance(seed);
  const stage = await Stage.set(servers);
  try {
    await gather(stage, chance);
    const writers = new Writers(stage.postgres, WRITERS, chance.fork(), PACING);
    const desk = new Desk(stage.postgres, stage.urls, chance.fork());
    Object.assign(stage, { writers, desk });
    const disagreed: string[] = [];
    const check = async (): Promise<void> => {
      await Promise.all([writers.pause(), desk.pause(), ...stage.markers.map((marker) => marker.pause())]);
      const found = await desk.disagreements();
      disagreed.push(...found);
      log(found.length === 0 ? 'all of the desk agree' : found.join('\n'));
      for (const one of [writers, desk, ...stage.markers]) one.resume();
    };
    const coming = [joinLate(stage, chance.fork(), schedule.ms), changeRoles(stage, chance.fork(), schedule.ms)];
    const happened = await letFaultsHappen(stage, chance.fork(), schedule, log, check);
    await Promise.all(coming);
    await Promise.all([writers.stop(), desk.pause(), ...stage.markers.map((marker) => marker.stop())]);
    const healed = Date.now();
    const ledger = await settle(stage, log);
    const caughtUpMs = Date.now() - healed;
    writers.check(ledger.rows);
    const ledgers = [...stage.ledgers, ledger];
    const witnesses = await Promise.all(stage.readers.map((reader) => questioned(stage, reader)));
    disagreed.push(...(await desk.disagreements()), ...desk.faults(stage.ledgers.length));
    const { parked } = await asked(stage, leftovers);
    const faults = stage.markers.flatMap((marker) => marker.faults.map((text) => `${marker.reader.name} marking: ${text}`));
    return {
      seed,
      ledgers,
      witnesses,
      tally: writers.tally,
      happened,
      readers: stage.readers,
      marks: stage.markers.reduce((sum, { marks }) => sum + marks.length, 0),
      caughtUpMs,
      desk,
      breaches: [...writers.hurt, ...faults, ...parked.map((reason) => `a change was parked: ${reason}`), ...judge(ledgers, witnesses)],
      disagreements: disagreed,
      output: stage.output,
    };
  } finally {
    await stage.strike();
  }
}

/** Readers of all kinds, some of whom mark; the last of them comes with the cursor that another had before the first row. */
async function gather({ readers, markers, urls }: Stage, chance: Chance): Promise<void> {
  readers.push(
    new TirelessReader('ann', ['red', 'green', 'blue'], urls, {}, chance.fork()),
    new TirelessReader('ben', ['red'], urls, { dropsAfter: 10 }, chance.fork()),
    new TirelessReader('cleo', [], urls, { dropsAfter: 40, byQuery: true }, chance.fork()),
    new TirelessReader('eve', ['green', 'blue'], urls, { dropsAfter: 3 }, chance.fork()),
  );
  const cursor = await until('the first reader was greeted', () => readers[0]?.life.cursor);
  await until('every reader was greeted', () => readers.every((reader) => reader.life.cursor !== undefined));
  readers.push(
    new TirelessReader('dan', ['blue'], urls, { from: cursor, dropsAfter: 100 }, chance.fork()),
    new TirelessReader('ida', ['red'], urls, {}, chance.fork()),
    new TirelessReader('joe', ['red', 'green'], urls, { from: cursor, byPoll: true }, chance.fork()),
  );
  for (const reader of readers.slice(0, 4)) markers.push(new Marker(reader, urls, chance.fork()));
}

/** Some come in the middle: without a cursor, and with that of the beginning. */
async function joinLate({ readers, urls }: Stage, chance: Chance, ms: number): Promise<void> {
  const beginning = readers[0]?.life.cursor;
  for (const user of ['fay', 'gus', 'hal']) {
    await sleep(chance.between(0, ms / 3));
    const from = chance.happens(0.5) ? beginning : undefined;
    readers.push(new TirelessReader(user, ['red', 'blue'], urls, from === undefined ? {} : { from }, chance.fork()));
  }
}

/** One loses a role, gets it back with another, and so on: from the next connection on, exactly what the token says. */
async function changeRoles({ readers }: Stage, chance: Chance, ms: number): Promise<void> {
  const changing = readers.filter(({ user }) => user === 'ida' || user === 'ben');
  for (let times = 0; times < 4; times++) {
    await sleep(chance.between(ms / 8, ms / 4));
    const roles = ['red', 'green', 'blue'].filter(() => chance.happens(0.5));
    chance.pick(changing).become(roles);
  }
}

/** Waits until everything committed has come to everybody, but not for ever. @returns what there is then */
async function settle(stage: Stage, log: (line: string) => void): Promise<Ledger> {
  await until('the outbox is empty', async () => (await asked(stage, leftovers)).waiting === 0, PATIENCE_MS).catch(() => log('changes wait still'));
  const ledger = await asked(stage, readLedger);
  const ids = new Map(ledger.notifications.map(({ id, table, key }) => [`${table}#${key}`, BigInt(id)]));
  const isOutOfDate = ({ life, channels }: TirelessReader): boolean => String(life.stretches.at(-1)?.channels) !== String(channels);
  await until('every reader has its last roles', () => !stage.readers.some(isOutOfDate), PATIENCE_MS).catch(() => undefined);
  const missing = (): TirelessReader[] =>
    stage.readers.filter(({ life, channels }) => {
      const since = life.stretches.at(-1)?.since ?? 0n;
      const owed = ledger.rows.filter(({ channel }) => channels.includes(channel)).map(({ table, key }) => ids.get(`${table}#${key}`) ?? 0n);
      const last = owed.reduce((highest, id) => (id > highest ? id : highest), 0n);
      return last > since && BigInt(life.received.at(-1)?.id ?? 0) < last;
    });
  for (const { name } of missing()) log(`${name} waits for its last rows`);
  await until('every reader has its last row', () => missing().length === 0, PATIENCE_MS).catch(() => undefined);
  await until('who was reset has asked REST', () => stage.readers.every(({ lives }) => lives.slice(1).every(({ fetched }) => fetched)), PATIENCE_MS)
    .catch(() => log('REST does not answer'));
  return ledger;
}

async function asked<T>({ postgres }: Stage, ask: (client: Awaited<ReturnType<typeof postgres.connect>>) => Promise<T>): Promise<T> {
  const client = await postgres.connect('oracle');
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

/** What it saw, with what REST and SQL say once the counts have come to rest. */
async function questioned(stage: Stage, reader: TirelessReader): Promise<Witness> {
  const [url = ''] = stage.urls;
  const token = await reader.token;
  const counted = await asked(stage, (client) => countUnread(client, reader.user, reader.channels));
  let rest = await unreadCount(url, token).catch(() => undefined);
  await until('the counts agree', async () => {
    rest = await unreadCount(url, token).catch(() => undefined);
    return [reader.told, rest].every((count) => JSON.stringify(count) === JSON.stringify(counted));
  }, COUNTS_MS).catch(() => undefined);
  const marks = stage.markers.find((marker) => marker.reader === reader)?.marks ?? [];
  const listed = await listInbox(url, token).catch(() => undefined);
  const witness = reader.testify({ marks, listed }, { REST: rest, SQL: counted });
  return { ...witness, faults: [...witness.faults, ...untold(reader, listed ?? [])] };
}

/** What REST has as read, and the stream never said so to a reader who was there. */
function untold(reader: TirelessReader, listed: readonly { id: string; isRead: boolean }[]): string[] {
  const received = new Set(reader.life.received.map(({ id }) => id));
  const known = listed.filter(({ id }) => received.has(id));
  const wrong = known.filter(({ id, isRead }) => isRead !== reader.knowsAsRead(id));
  return wrong.map(({ id, isRead }) => `REST has ${id} as ${isRead ? 'read' : 'unread'}, and the receipts of its stream do not`);
}
