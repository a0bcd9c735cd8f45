import { setTimeout as sleep } from 'node:timers/promises';
import { epochOf, positionOf, type Received } from '../support/ledger.js';
import type { Life, Witness } from '../support/oracle.js';
import type { Count } from '../support/oracle-marks.js';
import { pollOnce } from '../support/poll.js';
import { type Frame, Reader } from '../support/reader.js';
import { tokenFor } from '../support/tokens.js';
import { listInbox } from './inbox-client.js';
import type { Chance } from './random.js';

/** How long a poll is held. Unit: s. */
const POLL_WAIT = 2;
/** Servers' clocks jump by an hour. */
const TOKEN_LIFE = '1d';

export interface Habits {
  /** Drops its connection by itself after about this many frames; undefined: never. */
  dropsAfter?: number;
  /** The cursor to begin with; undefined: that of the first `hello`. */
  from?: string;
  /** Comes back by `?last_event_id=` rather than by the header. */
  byQuery?: boolean;
  /** Asks for one answer after another instead of a stream. */
  byPoll?: boolean;
}

/** A notification with when it came, and the epoch of its frame. */
export interface Arrived extends Received {
  at: number;
  epoch: string;
}

/** A receipts frame's item, as far as it is about reading. */
interface ReadReceipt {
  ids?: string[];
  upTo?: string;
  read?: boolean;
}

type OwnLife = Omit<Life, 'received'> & { received: Arrived[] };

/** A strict reader that comes back with the id of its last frame for ever, each time at another server. */
export class TirelessReader {
  readonly lives: OwnLife[] = [newLife()];
  readonly faults: string[] = [];
  connections = 0;
  told: Count | undefined;
  private roles: readonly string[];
  private stopping = false;
  private reader: Reader | undefined;
  private polling = new AbortController();
  /** Came back and was not resumed: the next frame has to say why. */
  private awaitsReset = false;
  private readonly fetching: Promise<void>[] = [];
  private readUpTo = 0n;
  private readonly readIds = new Set<string>();
  private readonly running: Promise<void>;

  /** @param servers where the stream is to be found: a load balancer's list */
  constructor(
    readonly user: string,
    roles: readonly string[],
    private readonly servers: readonly string[],
    private readonly habits: Habits,
    private readonly chance: Chance,
  ) {
    this.roles = roles;
    this.life.cursor = habits.from;
    this.running = this.read();
  }

  get name(): string {
    return `${this.user}${this.habits.from === undefined ? '' : ' (from the beginning)'}`;
  }

  get life(): OwnLife {
    const life = this.lives.at(-1);
    if (!life) throw new Error('a reader has at least one life');
    return life;
  }

  get channels(): string[] {
    return ['everyone', `user:${this.user}`, ...this.roles.map((role) => `role:${role}`)];
  }

  get token(): Promise<string> {
    return tokenFor(this.user, [...this.roles], TOKEN_LIFE);
  }

  /** Has other roles from its next connection on, which is soon. */
  become(roles: readonly string[]): void {
    this.roles = roles;
    this.drop();
  }

  /** Cuts its connection off; it comes back. */
  drop(): void {
    this.reader?.close();
    this.polling.abort();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.drop();
    await Promise.all([this.running, ...this.fetching]);
  }

  /** Whether its own tabs know of an id as read, from what the stream said. */
  knowsAsRead(id: string): boolean {
    return this.readIds.has(id) || BigInt(id) <= this.readUpTo;
  }

  testify(asked: Pick<Witness, 'marks' | 'listed'>, counts: Witness['counts']): Witness {
    const { name, lives, faults, told } = this;
    return { name, lives, faults, counts: { 'the stream': told, ...counts }, ...asked };
  }

  private async read(): Promise<void> {
    while (!this.stopping) {
      try {
        const server = this.chance.pick(this.servers);
        await (this.habits.byPoll ? this.pollOnce(server) : this.readOnce(server));
      } catch (error) {
        const { message } = error as Error;
        // Refused or cut off: the server is down. 503: it says so.
        if (/answered with (?!503)/.test(message)) this.faults.push(message);
      }
      await sleep(this.chance.between(20, 200));
    }
  }

  private async readOnce(url: string): Promise<void> {
    const { habits, channels, life } = this;
    const { cursor } = life;
    const reader = await Reader.open(url, {
      token: await this.token,
      ...(cursor !== undefined && (habits.byQuery ? { query: `?last_event_id=${cursor}` } : { lastEventId: cursor })),
    });
    this.reader = reader;
    this.connections++;
    const limit = habits.dropsAfter === undefined ? Infinity : this.chance.between(1, habits.dropsAfter * 2);
    let next = 0;
    try {
      for (;;) {
        const { ended } = reader;
        for (const frame of reader.frames.slice(next, limit)) this.take(frame, next++, channels);
        if (ended || next >= limit || this.stopping) return;
        await sleep(5);
      }
    } finally {
      reader.close();
    }
  }

  private async pollOnce(url: string): Promise<void> {
    const { channels, life } = this;
    this.polling = new AbortController();
    const { signal } = this.polling;
    const { frames, cursor } = await pollOnce(url, await this.token, { cursor: life.cursor, wait: POLL_WAIT, signal });
    if (signal.aborted) return;
    this.connections++;
    for (const [index, frame] of frames.entries()) this.take({ ...frame, retry: undefined }, index, channels);
    if (cursor !== frames.at(-1)?.id) this.faults.push(`was given ${cursor} to go on from, after a frame ${frames.at(-1)?.id}`);
  }

  private take({ event, id, data }: Frame, index: number, channels: readonly string[]): void {
    // A process that starts says when to come back, and nothing else: no event, for a browser.
    if (id === undefined && data === undefined) return;
    if (id === undefined) {
      this.faults.push(`was given a frame "${event}" without an id`);
      return;
    }
    const isRefused = index === 0 && event === 'goodbye' && id === this.life.cursor;
    if (isRefused) return;
    if (index === 0) this.awaitsReset = this.greet(event, id, data as { resumed?: boolean }, channels);
    else if (this.awaitsReset) {
      if (event !== 'reset') this.faults.push(`came back with ${this.life.cursor}, was not resumed, and was given "${event}"`);
      this.awaitsReset = false;
    }
    if (event === 'reset') this.beginAnew(id, channels);
    else if (!this.awaitsReset) this.advance(event, id);
    if (event === 'notifications') this.keep(id, data as { id: string; source: { table: string; key: string } }[]);
    if (event === 'receipts') this.keepReceipts(data as ReadReceipt[]);
    if (event === 'counts' || event === 'ready') this.told = (data as { unread: Count }).unread;
  }

  /** @returns whether a `reset` has to follow */
  private greet(event: string, id: string, { resumed }: { resumed?: boolean }, channels: readonly string[]): boolean {
    if (event !== 'hello') this.faults.push(`was greeted with "${event}"`);
    const { life } = this;
    if (life.cursor !== undefined) {
      if (resumed !== true) return true;
      if (positionOf(id) !== positionOf(life.cursor)) this.faults.push(`came back with ${life.cursor} and was greeted with ${id}`);
    }
    if (life.stretches.length === 0) life.sinceTime = Date.now();
    if (String(life.stretches.at(-1)?.channels) !== String(channels)) life.stretches.push({ since: positionOf(id), channels });
    return false;
  }

  private advance(event: string, id: string): void {
    const { life } = this;
    if (life.cursor !== undefined && positionOf(id) < positionOf(life.cursor)) {
      this.faults.push(`"${event}" went back: ${id} after ${life.cursor}`);
    }
    life.cursor = id;
  }

  /** As a client does: drops what it holds, asks REST, and goes on from the reset's id. */
  private beginAnew(id: string, channels: readonly string[]): void {
    const life = newLife();
    life.cursor = id;
    life.stretches.push({ since: positionOf(id), channels });
    life.sinceTime = Date.now();
    this.lives.push(life);
    this.readIds.clear();
    this.readUpTo = 0n;
    this.fetching.push(this.fetch(life));
  }

  private async fetch(life: OwnLife): Promise<void> {
    const { token } = this;
    while (!this.stopping && !life.fetched) {
      const listed = await listInbox(this.chance.pick(this.servers), await token).catch(() => undefined);
      if (listed) life.fetched = listed;
      else await sleep(100);
    }
  }

  private keep(id: string, notifications: { id: string; source: { table: string; key: string } }[]): void {
    const [at, epoch] = [Date.now(), epochOf(id)];
    for (const { id: own, source } of notifications) this.life.received.push({ id: own, ...source, at, epoch });
    const last = notifications.at(-1)?.id;
    if (last === undefined || BigInt(last) !== positionOf(id)) this.faults.push(`a frame with id ${id} ends with notification ${last}`);
  }

  private keepReceipts(receipts: readonly ReadReceipt[]): void {
    for (const { ids, upTo, read } of receipts) {
      if (!read) continue;
      for (const id of ids ?? []) this.readIds.add(id);
      if (upTo !== undefined && BigInt(upTo) > this.readUpTo) this.readUpTo = BigInt(upTo);
    }
  }
}

function newLife(): OwnLife {
  return { stretches: [], sinceTime: 0, received: [], cursor: undefined };
}
