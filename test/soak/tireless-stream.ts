import { setTimeout as sleep } from 'node:timers/promises';
import { positionOf } from '../support/ledger.js';
import { pollOnce } from '../support/poll.js';
import { type Frame, Reader } from '../support/reader.js';
import { tokenFor } from '../support/tokens.js';
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

/** A frame with an id. */
export type Told = Pick<Frame, 'event' | 'data'> & { id: string };

/** A strict stream that comes back with the id of its last frame for ever, each time to another server. What it says is its heir's affair. */
export abstract class TirelessStream {
  readonly faults: string[] = [];
  connections = 0;
  protected stopping = false;
  private reader: Reader | undefined;
  private polling = new AbortController();
  /** Came back and was not resumed: the next frame has to say why. */
  private awaitsReset = false;
  private running: Promise<void> | undefined;

  /** @param servers where the stream is to be found: a load balancer's list */
  constructor(
    readonly user: string,
    protected roles: readonly string[],
    protected readonly servers: readonly string[],
    protected readonly habits: Habits,
    protected readonly chance: Chance,
  ) {}

  /** The last event id. */
  protected abstract get cursor(): string | undefined;
  protected abstract set cursor(id: string | undefined);
  /** Was resumed, or came without a cursor, and goes on from this id. */
  protected abstract greeted(id: string, channels: readonly string[]): void;
  /** Was told to drop what it holds, and goes on from this id. */
  protected abstract beginAnew(id: string, channels: readonly string[]): void;
  /** @param after the id that the frame goes on from */
  protected abstract hear(frame: Told, after: string | undefined): void;

  get channels(): string[] {
    return ['everyone', `user:${this.user}`, ...this.roles.map((role) => `role:${role}`)];
  }

  get token(): Promise<string> {
    return tokenFor(this.user, [...this.roles], TOKEN_LIFE);
  }

  /** Cuts its connection off; it comes back. */
  drop(): void {
    this.reader?.close();
    this.polling.abort();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.drop();
    await this.running;
  }

  /** To be called once its heir is made. */
  protected start(): void {
    this.running = this.read();
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
    const { habits, channels, cursor } = this;
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
    const { channels } = this;
    this.polling = new AbortController();
    const { signal } = this.polling;
    const { frames, cursor } = await pollOnce(url, await this.token, { cursor: this.cursor, wait: POLL_WAIT, signal });
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
    const after = this.cursor;
    const isRefused = index === 0 && event === 'goodbye' && id === after;
    if (isRefused) return;
    if (index === 0) this.awaitsReset = this.greet(event, id, data as { resumed?: boolean }, channels);
    else if (this.awaitsReset) {
      if (event !== 'reset') this.faults.push(`came back with ${after}, was not resumed, and was given "${event}"`);
      this.awaitsReset = false;
    }
    if (event === 'reset') this.beginAnew(id, channels);
    else if (!this.awaitsReset) this.advance(event, id);
    this.hear({ event, id, data }, after);
  }

  /** @returns whether a `reset` has to follow */
  private greet(event: string, id: string, { resumed }: { resumed?: boolean }, channels: readonly string[]): boolean {
    if (event !== 'hello') this.faults.push(`was greeted with "${event}"`);
    const { cursor } = this;
    if (cursor !== undefined) {
      if (resumed !== true) return true;
      if (positionOf(id) !== positionOf(cursor)) this.faults.push(`came back with ${cursor} and was greeted with ${id}`);
    }
    this.greeted(id, channels);
    return false;
  }

  /** What is given lies above all that was given before; what is only said (counts, say) does not lie below it. */
  private advance(event: string, id: string): void {
    const { cursor } = this;
    if (cursor !== undefined) {
      const [now, before] = [positionOf(id), positionOf(cursor)];
      if (now < before) this.faults.push(`"${event}" went back: ${id} after ${cursor}`);
      if (now === before && GIVEN.has(event)) this.faults.push(`was given "${event}" ${id} twice, or something after ${cursor} at its place`);
    }
    this.cursor = id;
  }
}

/** Frames of what the journal has: each moves the cursor on. */
const GIVEN = new Set(['notifications', 'receipts']);
