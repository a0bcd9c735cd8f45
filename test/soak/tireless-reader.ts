import { setTimeout as sleep } from 'node:timers/promises';
import type { Received, Witness } from '../support/oracle.js';
import { type Frame, Reader } from '../support/reader.js';
import { tokenFor } from '../support/tokens.js';
import type { Chance } from './random.js';

interface Counts {
  count: number;
  capped: boolean;
}

export interface Habits {
  /** Drops its connection by itself after about this many frames; undefined: never. */
  dropsAfter?: number;
  /** The cursor to begin with; undefined: that of the first `hello`. */
  from?: string;
  /** Comes back by `?last_event_id=` rather than by the header. */
  byQuery?: boolean;
}

/** A strict reader that comes back with the id of its last frame for ever. */
export class TirelessReader {
  readonly received: Received[] = [];
  readonly faults: string[] = [];
  connections = 0;
  cursor: string | undefined;
  told: Counts | undefined;
  /** Where the stream is to be found, so that it can be moved to another server. */
  url: string;
  private since: bigint | undefined;
  private sinceTime = 0;
  private stopping = false;
  private reader: Reader | undefined;
  private readonly running: Promise<void>;

  constructor(
    readonly user: string,
    readonly roles: readonly string[],
    url: string,
    private readonly habits: Habits,
    private readonly chance: Chance,
  ) {
    this.url = url;
    this.cursor = habits.from;
    this.running = this.read();
  }

  get name(): string {
    return `${this.user}${this.habits.from === undefined ? '' : ' (from the beginning)'}`;
  }

  get channels(): string[] {
    return ['everyone', `user:${this.user}`, ...this.roles.map((role) => `role:${role}`)];
  }

  /** Cuts its connection off; it comes back. */
  drop(): void {
    this.reader?.close();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.reader?.close();
    await this.running;
  }

  testify(listed: Counts | undefined): Witness {
    const { name, channels, received, faults, told, sinceTime } = this;
    return { name, channels, received, faults, told, listed, since: this.since ?? 0n, sinceTime };
  }

  private async read(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.readOnce();
      } catch (error) {
        const { message } = error as Error;
        // Refused or cut off: the server is down. 503: it says so.
        if (/answered with (?!503)/.test(message)) this.faults.push(message);
      }
      await sleep(this.chance.between(20, 200));
    }
  }

  private async readOnce(): Promise<void> {
    const { cursor, habits } = this;
    const reader = await Reader.open(this.url, {
      token: await tokenFor(this.user, [...this.roles]),
      ...(cursor !== undefined && (habits.byQuery ? { query: `?last_event_id=${cursor}` } : { lastEventId: cursor })),
    });
    this.reader = reader;
    this.connections++;
    const limit = habits.dropsAfter === undefined ? Infinity : this.chance.between(1, habits.dropsAfter * 2);
    let next = 0;
    try {
      for (;;) {
        const { ended } = reader;
        for (const frame of reader.frames.slice(next, limit)) this.take(frame, next++);
        if (ended || next >= limit || this.stopping) return;
        await sleep(5);
      }
    } finally {
      reader.close();
    }
  }

  private take(frame: Frame, index: number): void {
    const { event, id, data } = frame;
    if (id === undefined) {
      this.faults.push(`was given a frame "${event}" without an id`);
      return;
    }
    if (index === 0) this.greet(event, id, data as { resumed?: boolean });
    if (event === 'reset') this.faults.push(`was told to reset: ${JSON.stringify(data)} after ${this.cursor}`);
    this.advance(event, id);
    if (event === 'notifications') this.keep(id, data as { id: string; source: { table: string; key: string } }[]);
    if (event === 'counts' || event === 'ready') this.told = (data as { unread: Counts }).unread;
  }

  private greet(event: string, id: string, { resumed }: { resumed?: boolean }): void {
    if (event !== 'hello') this.faults.push(`was greeted with "${event}"`);
    if (this.cursor !== undefined) {
      if (resumed !== true) this.faults.push(`came back with ${this.cursor} and was not resumed`);
      if (id !== this.cursor) this.faults.push(`came back with ${this.cursor} and was greeted with ${id}`);
    }
    if (this.since === undefined) {
      this.since = positionOf(id);
      this.sinceTime = Date.now();
    }
  }

  private advance(event: string, id: string): void {
    if (this.cursor !== undefined) {
      if (epochOf(id) !== epochOf(this.cursor)) this.faults.push(`"${event}" has another epoch: ${id} after ${this.cursor}`);
      else if (positionOf(id) < positionOf(this.cursor)) this.faults.push(`"${event}" went back: ${id} after ${this.cursor}`);
    }
    this.cursor = id;
  }

  private keep(id: string, notifications: { id: string; source: { table: string; key: string } }[]): void {
    for (const { id: own, source } of notifications) this.received.push({ id: own, ...source });
    const last = notifications.at(-1)?.id;
    if (last === undefined || BigInt(last) !== positionOf(id)) this.faults.push(`a frame with id ${id} ends with notification ${last}`);
  }
}

function epochOf(id: string): string {
  return id.slice(0, id.lastIndexOf('-'));
}

function positionOf(id: string): bigint {
  return BigInt(id.slice(id.lastIndexOf('-') + 1));
}
