import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { OwnPostgres } from '../../support/postgres.js';
import { call } from '../inbox-client.js';
import type { Chance } from '../random.js';
import { type Truth, listAll, outstanding, truthOf } from './asking.js';
import { Device, type Counts } from './device.js';
import { Doer } from './doer.js';
import { differences } from './differences.js';
import { lineOf, unreadAmong } from './inbox-model.js';
import { Programs } from './programs.js';
import { STAFF } from './rules.js';

const PROGRAMS = 4;
/** Browsers of each admin: what they are like. */
const HABITS = [{}, { dropsAfter: 12 }, { byPoll: true }] as const;
/** How long all may take to agree once nobody does anything, in milliseconds. */
const PATIENCE_MS = 60_000;
/** Between two looks, in milliseconds. */
const LOOK_MS = 200;
/** How many of an inbox's differences are told. */
const MOST_TOLD = 5;

/** Admins who do all that one can with what lives on, each at several browsers; and programs that keep it alive. */
export class Desk {
  readonly devices: Device[] = [];
  readonly doers: Doer[] = [];
  readonly programs: Programs;
  checks = 0;
  private readonly holders = new Map<string, string>();

  constructor(
    private readonly postgres: OwnPostgres,
    private readonly servers: readonly string[],
    private readonly chance: Chance,
  ) {
    this.programs = new Programs(postgres, PROGRAMS, chance.fork());
    for (const [user, roles] of Object.entries(STAFF)) {
      const own = HABITS.map((habits, nth) => new Device(user, roles, servers, habits, chance.fork(), `${user}'s ${nth === 2 ? 'poll' : `browser ${nth}`}`));
      this.devices.push(...own);
      this.doers.push(new Doer(user, own, servers, this.holders, chance.fork()));
    }
  }

  async pause(): Promise<void> {
    await Promise.all([this.programs.pause(), ...this.doers.map((doer) => doer.pause())]);
  }

  resume(): void {
    this.programs.resume();
    for (const doer of this.doers) doer.resume();
  }

  /** A backup takes the database's place. */
  forget(): void {
    this.holders.clear();
    for (const doer of this.doers) doer.forget();
  }

  async stop(): Promise<void> {
    await Promise.all([this.programs, ...this.doers, ...this.devices].map((one) => one.stop()));
  }

  /** What was done and how often, in words. */
  get summary(): string {
    const done: Record<string, number> = {};
    for (const doer of this.doers) for (const [name, times] of Object.entries(doer.done)) done[name] = (done[name] ?? 0) + times;
    const [deeds, shown] = [Object.entries(done).sort().map(([name, times]) => `${name} ${times}`), this.devices.map(({ inbox }) => inbox.lines.length)];
    const connections = this.devices.reduce((sum, device) => sum + device.connections, 0);
    return `the desk: ${this.programs.transactions} transactions, ${deeds.join(', ')}; ${this.devices.length} devices show ${Math.min(...shown)} to ${Math.max(...shown)} over ${connections} connections; looked at ${this.checks} times`;
  }

  /** What went wrong so far, whatever comes to be agreed on. @param restored how often a backup took the database's place */
  faults(restored: number): string[] {
    const ofDevices = this.devices.flatMap(({ name, faults, resets }) => [
      ...faults.map((text) => `${name}: ${text}`),
      ...(resets > restored ? [`${name}: was reset ${resets} times, and ${restored} backups were restored`] : []),
    ]);
    return [...this.programs.hurt, ...this.doers.flatMap(({ user, faults }) => faults.map((text) => `${user}: ${text}`)), ...ofDevices];
  }

  /**
   * Waits until nothing more is due by the clock, and then until every device, REST and SQL say the same of every inbox; all who write
   * are to be at rest.
   *
   * @returns on what they do not agree at the end of patience
   */
  async disagreements(): Promise<string[]> {
    this.checks++;
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const waiting = await this.asked(outstanding).catch((error: unknown) => String(error));
      if (waiting === undefined) break;
      if (Date.now() > end) return [`at the desk there was still to come: ${waiting}`];
      await sleep(LOOK_MS);
    }
    const found = await Promise.all(this.doers.map((doer) => this.settled(doer)));
    return found.flat();
  }

  private async settled(doer: Doer): Promise<string[]> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = await this.compare(doer).catch((error: unknown) => [`${doer.user} could not be asked: ${(error as Error).message}`]);
      if (found.length === 0 || Date.now() > end) return found;
      await sleep(LOOK_MS);
    }
  }

  private async compare(doer: Doer): Promise<string[]> {
    const { user, devices } = doer;
    const [device] = devices;
    if (!device) return [];
    const server = (): string => this.chance.pick(this.servers);
    const token = await device.token;
    const truth = await this.asked((client) => truthOf(client, user, device.channels));
    const listed = truth.lines.filter(({ shelf }) => shelf === 'list');
    const found: string[] = [];
    const tell = (who: string, differing: readonly string[]): void => {
      found.push(...differing.slice(0, MOST_TOLD).map((text) => `${who}: ${text}`));
    };
    for (const one of devices) {
      if (!one.isWhole) found.push(`${one.name} has not got its list`);
      tell(one.name, differences(one.inbox.lines, listed));
      tell(one.name, countsOf(one.counts, truth));
      const unread = unreadAmong(one.inbox.lines, user);
      if (!truth.unread.capped && unread !== truth.unread.count) found.push(`${one.name} shows ${unread} unread, SQL has ${truth.unread.count}`);
    }
    const lists = { list: '', archive: '&archived=true', snoozed: '&snoozed=true' };
    for (const [shelf, query] of Object.entries(lists)) {
      tell(`REST's ${shelf} of ${user}`, differences((await listAll(server, token, query)).map(lineOf), truth.lines.filter((line) => line.shelf === shelf)));
    }
    const counts = (await call(server(), token, '/counts')) as Counts & Pick<Truth, 'mine' | 'archived'>;
    tell(`REST's counts of ${user}`, [...countsOf(counts, truth), ...(['mine', 'archived'] as const).flatMap((name) => countOf(name, counts[name], truth[name]))]);
    return [...found, ...misplaced(doer, truth)];
  }

  private async asked<T>(ask: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = await this.postgres.connect('oracle of the desk');
    try {
      return await ask(client);
    } finally {
      await client.end();
    }
  }
}

/** What is not where its admin has put it last. */
function misplaced({ user, shelved }: Doer, { lines }: Truth): string[] {
  const found: string[] = [];
  let [due, below] = [0, 0];
  for (const { id, position, place, shelf } of lines) {
    const put = shelved.get(id);
    // Raised since: it is back, whatever was done.
    if (put?.position !== position) continue;
    if (put.shelf === 'snoozed' && shelf === 'list') {
      due++;
      if (place === position) below++;
    } else if (put.shelf !== shelf) found.push(`${user} has put ${id} into the ${put.shelf}, and it is in the ${shelf}`);
  }
  // The relay does not wait for what its admin is marking in that very moment: seldom.
  if (below > 1 + due / 10) found.push(`${user} had ${due} back whose snooze was over, and ${below} of them not on top`);
  return found;
}

function countsOf(counts: Counts | undefined, truth: Truth): string[] {
  return (['unread', 'unseen'] as const).flatMap((name) => countOf(name, counts?.[name], truth[name]));
}

function countOf(name: string, found: unknown, expected: unknown): string[] {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  return one === other ? [] : [`${name} is ${one}, SQL counts ${other}`];
}
