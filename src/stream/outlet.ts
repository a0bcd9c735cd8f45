import type { ServerResponse } from 'node:http';
import type { MessageEvent } from '@nestjs/common';
import type { Subscriber } from 'rxjs';
import type { CountedResponse } from '../ops/http-adapter.js';
import { toText } from './frame.js';

/** Nest begins a stream's body with an empty line. */
const CHUNKS_AT_START = 1;

/** What is sent to more than one is encoded once. */
const encoded = new WeakMap<MessageEvent, Buffer>();

/**
 * A stream's way out. Nothing tells an Observable to slow down, so a session asks here whether the reader keeps up before it
 * takes more.
 *
 * What is emitted takes Nest's way: operators, a transform stream and a pipe, 20 µs of CPU. Where nothing is on that way any
 * more, it is passed by, and the same bytes go to the response at once.
 */
export class Outlet {
  /** Chunks that the response has been given, or will be, when nothing is on its way. */
  private due = CHUNKS_AT_START;
  private stall: NodeJS.Timeout | undefined;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly response: ServerResponse & Partial<CountedResponse>,
    private readonly stallMs: number,
  ) {}

  /** Whether the reader has more before it than it takes. */
  get isBlocked(): boolean {
    return this.response.writableNeedDrain && !this.response.destroyed;
  }

  /** Sends what the subscriber's stream has to say next. */
  send(subscriber: Subscriber<MessageEvent>, message: MessageEvent): void {
    const isClear = this.response.chunks === this.due && !this.isBlocked && !this.response.writableEnded;
    this.due++;
    if (isClear) this.response.write(encoded.get(message) ?? toText(message));
    else subscriber.next(message);
  }

  /** The same to many: encoded once. */
  sendShared(subscriber: Subscriber<MessageEvent>, message: MessageEvent): void {
    if (!encoded.has(message)) encoded.set(message, Buffer.from(toText(message)));
    this.send(subscriber, message);
  }

  /** Cuts the reader off unless it drains in time. Called again, the time still runs from the first call. */
  watch(): void {
    if (!this.isBlocked || this.stall) return;
    this.stall = setTimeout(() => this.response.destroy(), this.stallMs);
    // Listened to only while somebody waits: nearly all streams are idle, and never do.
    this.response.on('drain', this.release).on('close', this.release);
  }

  /** Resolves when the reader took what lay before it, or is gone. */
  async drained(): Promise<void> {
    // Nest writes through a pipe: what was emitted just now is in the socket's buffer a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.isBlocked) return;
    this.watch();
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** After the last frame: a reader that takes it in no time is cut as well. */
  finish(): void {
    const cut = setTimeout(() => this.response.destroy(), this.stallMs);
    cut.unref();
    this.response.once('close', () => clearTimeout(cut));
  }

  private readonly release = (): void => {
    this.response.off('drain', this.release).off('close', this.release);
    clearTimeout(this.stall);
    this.stall = undefined;
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  };
}

/** What a session asks of the way that its frames go out. */
export type WayOut = Pick<Outlet, keyof Outlet>;
