import { backoff } from './backoff.js';
import { watchWake } from './wake.js';
import { frameEvents, type Frame } from './wire.js';

/**
 * - `connecting`: on the way, or back to it after a planned end
 * - `live`: all that was missed has been given; what comes is news
 * - `offline`: the last attempt failed, the next one is scheduled
 * - `signed-out`: refused for want of a valid token; nothing is tried until `start` is called again
 * - `stopped`: not started, or stopped
 */
export type Status = 'connecting' | 'live' | 'offline' | 'signed-out' | 'stopped';

/** Nobody is signed in; or the server answers otherwise, so it is the stream that it refuses; or it does not answer. */
export type Refusal = 'signed-out' | 'stream refused' | 'no answer';

export interface FrameHandlers {
  onFrame: (frame: Frame) => void;
  onStatus: (status: Status) => void;
  /** Asks the server over REST why a stream was refused, which an EventSource can't tell. */
  askWhyRefused: () => Promise<Refusal>;
}

/** Where a client's frames come from: a stream of its own, or one that tabs share. */
export interface FrameSource {
  /** Of the tabs that share a stream, the one that has it; one of its own is always had. */
  readonly leads: boolean;
  start(cursor: string | undefined): void;
  stop(): void;
  /** Tries at once instead of at the scheduled time. */
  retry(): void;
  signOut(): void;
}

/** How long a connection may take to its first frame. Unit: ms. */
const helloWithinMs = 10_000;
/** Refusals in a row after which only the bare stream is asked for: cursor or metrics may be what is refused. */
const refusalsToAskForLess = 3;

/**
 * A native EventSource, which sends the cookie, re-created after every loss: its own way of reconnecting ends for good
 * at the first answer that is not a stream (a proxy's 502 during a restart).
 */
export class EventStream implements FrameSource {
  readonly leads = true;
  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private unwatch: (() => void) | undefined;
  private cursor: string | undefined;
  private status: Status = 'stopped';
  private failures = 0;
  private refusals = 0;
  private retryMs = 1000;
  private heartbeatMs = 20_000;
  private lastFrameAt = 0;

  constructor(
    private readonly url: string,
    private readonly metrics: boolean,
    private readonly handlers: FrameHandlers,
  ) {}

  start(cursor: string | undefined): void {
    this.cursor = cursor;
    this.failures = 0;
    this.refusals = 0;
    this.unwatch ??= watchWake({
      onWake: () => this.onWake(),
      onOnline: () => this.retry(),
      onFreeze: () => this.hangUp(),
      onThaw: () => this.retry(),
    });
    this.connect();
  }

  stop(): void {
    this.end('stopped');
  }

  signOut(): void {
    this.end('signed-out');
  }

  retry(): void {
    if (!this.unwatch) return;
    this.failures = 0;
    this.connect();
  }

  private end(status: 'stopped' | 'signed-out'): void {
    this.hangUp();
    this.unwatch?.();
    this.unwatch = undefined;
    this.setStatus(status);
  }

  private connect(): void {
    this.hangUp();
    if (this.failures === 0) this.setStatus('connecting');
    const source = new EventSource(this.address, { withCredentials: true });
    this.source = source;
    for (const event of frameEvents) {
      source.addEventListener(event, (message) => this.receive(source, event, message));
    }
    source.addEventListener('error', () => {
      if (source === this.source) this.onLoss(source.readyState === EventSource.CLOSED);
    });
    this.timer = setTimeout(() => this.onLoss(false), helloWithinMs);
  }

  private get address(): string {
    const query = new URLSearchParams();
    if (this.cursor !== undefined) query.set('last_event_id', this.cursor);
    if (this.metrics && this.refusals < refusalsToAskForLess) query.set('metrics', '1');
    return query.size > 0 ? `${this.url}?${query.toString()}` : this.url;
  }

  private receive(source: EventSource, event: Frame['event'], { data, lastEventId }: MessageEvent<unknown>): void {
    if (source !== this.source) return;
    let frame: Frame;
    try {
      frame = { event, id: lastEventId, data: JSON.parse(String(data)) as unknown } as Frame;
    } catch {
      // Half a frame is no frame: ask for it again, from the cursor before it.
      this.onLoss(false);
      return;
    }
    this.lastFrameAt = Date.now();
    this.cursor = frame.id;
    if (frame.event === 'hello') this.onHello(frame.data.retryMs, frame.data.heartbeatMs);
    this.handlers.onFrame(frame);
    if (source !== this.source) return;
    if (frame.event === 'ready') {
      this.failures = 0;
      if (this.refusals < refusalsToAskForLess) this.refusals = 0;
      this.setStatus('live');
    }
    if (frame.event === 'goodbye') this.schedule(frame.data.reconnectInMs, 'connecting');
  }

  private onHello(retryMs: number, heartbeatMs: number): void {
    clearTimeout(this.timer);
    this.retryMs = retryMs;
    this.heartbeatMs = heartbeatMs;
  }

  private onLoss(refused: boolean): void {
    // One quick attempt before anybody is told: a restart is over in a moment.
    this.schedule(backoff(this.failures, this.retryMs), this.failures === 0 ? 'connecting' : 'offline');
    this.failures += 1;
    if (refused) void this.onRefusal();
  }

  private async onRefusal(): Promise<void> {
    const refusal = await this.handlers.askWhyRefused();
    if (!this.unwatch || this.status === 'live') return;
    if (refusal === 'signed-out') this.signOut();
    if (refusal !== 'stream refused') return;
    this.refusals += 1;
    if (this.refusals === refusalsToAskForLess) this.cursor = undefined;
  }

  private schedule(delayMs: number, status: Status): void {
    this.hangUp();
    this.setStatus(status);
    this.timer = setTimeout(() => this.connect(), delayMs);
  }

  private hangUp(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  }

  private onWake(): void {
    // Heartbeats are comments, which a page can't see: silence proves nothing, so make sure.
    const silent = Date.now() - this.lastFrameAt > 2 * this.heartbeatMs;
    if (!this.source || silent) this.retry();
  }

  private setStatus(status: Status): void {
    if (status === this.status) return;
    this.status = status;
    this.handlers.onStatus(status);
  }
}
