import type { MessageEvent } from '@nestjs/common';
import type { Observer, Subscriber } from 'rxjs';
import { problem } from '../ops/problem.js';
import type { WayOut } from './outlet.js';
import type { Session } from './session.js';

/** Characters of data at which an answer is full; one page of entries may go beyond. The rest is for the next poll. */
const FULL_CHARACTERS = 262_144;
/** What is said is answered after this long: what comes with it, its counts too, is in the same answer. Unit: ms. */
const GATHER_MS = 20;
/** How long an opening may take, whatever the wait, until it is found that it can't be served. Unit: ms. */
const OPENING_MS = 10_000;

export interface PollOptions {
  /** The client's cursor as it came. */
  cursor: string | undefined;
  /** How long to wait for something to say. Unit: ms. */
  waitMs: number;
}

/**
 * One answer's worth of a stream: a session's way out that gathers its frames. It is answered once all that was missed is there and
 * something is to be said: the cursor has moved, or a frame came after `ready`; else when the wait is over.
 */
export class Poll implements WayOut, Observer<MessageEvent> {
  /** The body. @throws 503 when the session could not be served */
  readonly answer: Promise<string>;
  session: Session | undefined;
  private readonly frames: string[] = [];
  private cursor: string | undefined;
  private characters = 0;
  private isReady = false;
  /** Something but a greeting, and what goes with it. */
  private hasNews = false;
  private isOver = false;
  private settle!: { resolve: (body: string) => void; reject: (error: Error) => void };
  private readonly timers: NodeJS.Timeout[] = [];
  private release: (() => void)[] = [];

  constructor(private readonly options: PollOptions) {
    this.answer = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    const { waitMs } = options;
    this.timers.push(setTimeout(() => this.complete(), Math.max(waitMs, OPENING_MS)));
    if (waitMs < OPENING_MS) this.timers.push(setTimeout(() => (this.isReady ? this.complete() : undefined), waitMs));
  }

  /** Whether this answer has as much as it may. */
  get isBlocked(): boolean {
    return this.characters >= FULL_CHARACTERS;
  }

  send(subscriber: Subscriber<MessageEvent>, message: MessageEvent): void {
    subscriber.next(message);
  }

  sendShared(subscriber: Subscriber<MessageEvent>, message: MessageEvent): void {
    subscriber.next(message);
  }

  next({ type, id, data }: MessageEvent): void {
    // A comment keeps a connection that trickles; this one does not.
    if (type === undefined || id === undefined || this.isOver) return;
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.frames.push(`{"event":"${type}","id":"${id}","data":${text}}`);
    this.characters += text.length;
    this.cursor = id;
    if (type !== 'hello' && type !== 'preferences') this.hasNews = true;
    if (this.isReady) this.completeIn(GATHER_MS);
    if (type === 'ready') this.onReady(id);
    if (this.isBlocked) this.completeIn(0);
  }

  error(error: unknown): void {
    this.end();
    this.settle.reject(error as Error);
  }

  /** Answers with what there is. */
  complete(): void {
    if (this.isOver) return;
    if (this.isReady) this.session?.catchUp();
    this.end();
    if (this.hasNews) this.settle.resolve(`{"frames":[${this.frames.join(',')}],"cursor":"${this.cursor}"}`);
    else this.settle.reject(problem(503, 'What is to be told can not be looked up right now: ask again with the same event id.', { kind: 'stream-unavailable' }));
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.end();
    this.settle.resolve('');
  }

  watch(): void {
    // Who has as much as it may is answered; nobody is to be cut.
  }

  finish(): void {
    // Ends with `complete`.
  }

  /** Resolves at the end where there is no more room: what is taken until then would have to be given away. */
  async drained(): Promise<void> {
    if (!this.isBlocked || this.isOver) return;
    await new Promise<void>((resolve) => this.release.push(resolve));
  }

  private onReady(id: string): void {
    this.isReady = true;
    const { cursor, waitMs } = this.options;
    if (id !== cursor || waitMs === 0) this.completeIn(0);
  }

  private completeIn(ms: number): void {
    this.timers.push(setTimeout(() => this.complete(), ms));
  }

  private end(): void {
    this.isOver = true;
    for (const timer of this.timers) clearTimeout(timer);
    for (const resolve of this.release.splice(0)) resolve();
  }
}
