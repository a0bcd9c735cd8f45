import type { MessageEvent } from '@nestjs/common';
import type { Subscriber } from 'rxjs';
import { formatCursor } from '../journal/cursor.js';
import type { Tail } from '../journal/tail.service.js';
import type { EntryFrame, EventName } from './frame.js';
import type { WayOut } from './outlet.js';

const KEEPALIVE = { comment: 'keepalive' } as MessageEvent;

/** What one reader is told: frames that all carry the cursor, and where that stands. */
export class Telling {
  /** The cursor: the last position that the reader was given, or that was passed over as it is not for them. */
  position = 0n;
  /** Of the last frame: the cursor goes on beyond it over what the reader is not given. */
  said = 0n;
  /** Since when nothing has been sent, by `performance.now()`. */
  quietSince = performance.now();
  /** Whether it is known where to begin. */
  isPlaced = false;
  private subscriber: Subscriber<MessageEvent> | undefined;

  /** @param cursor the client's, as it came */
  constructor(
    private readonly cursor: string | undefined,
    private readonly tail: Tail,
    private readonly outlet: WayOut,
  ) {}

  get isOpen(): boolean {
    return this.subscriber !== undefined;
  }

  open(subscriber: Subscriber<MessageEvent>): void {
    this.subscriber = subscriber;
  }

  begin(position: bigint): void {
    this.position = position;
    this.isPlaced = true;
  }

  /** The cursor: the client's own until it is known where to begin. */
  get id(): string {
    if (!this.isPlaced && this.cursor !== undefined) return this.cursor;
    return formatCursor({ epoch: this.tail.epoch, position: this.position });
  }

  /** No frame without the cursor: one without an id would be given an id of Nest's own, and the client would resume from it. */
  emit(type: EventName, data: object | string, more: { id?: string; retry?: number } = {}): void {
    const id = more.id ?? this.id;
    this.said = this.position;
    this.quietSince = performance.now();
    if (this.subscriber) this.outlet.send(this.subscriber, { type, id, data, ...(more.retry !== undefined && { retry: more.retry }) });
  }

  /** What many are given alike. */
  give(frames: readonly EntryFrame[]): void {
    for (const { position, message } of frames) {
      this.position = this.said = position;
      if (this.subscriber) this.outlet.sendShared(this.subscriber, message);
    }
    if (frames.length > 0) this.quietSince = performance.now();
  }

  /** A sign of life, to break a silence. */
  keepAlive(): void {
    this.quietSince = performance.now();
    if (this.subscriber) this.outlet.send(this.subscriber, KEEPALIVE);
  }

  /** Ends it cleanly. */
  end(): void {
    const { subscriber } = this;
    this.close();
    this.outlet.finish();
    subscriber?.complete();
  }

  /** The reader is gone: nothing more is told. */
  close(): void {
    this.subscriber = undefined;
  }
}
