import { backoff } from './backoff.js';
import { connectByCookie, type Connect, type Connection } from './connection.js';
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
  /** `FrameSource.leads` has changed. */
  onLead: (leads: boolean) => void;
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

/** A stream of its own, opened anew after every loss from where it was. */
export class EventStream implements FrameSource {
  readonly leads = true;
  private connection: Connection | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
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
    private readonly open: Connect = connectByCookie,
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
    const isCurrent = (): boolean => connection === this.connection;
    const connection = this.open(this.address, {
      onEvent: (event, data, id) => {
        if (isCurrent() && (frameEvents as readonly string[]).includes(event)) this.receive(event as Frame['event'], data, id, isCurrent);
      },
      onLife: () => {
        if (isCurrent()) this.noteLife();
      },
      onLost: (refused) => {
        if (isCurrent()) this.onLoss(refused);
      },
    });
    this.connection = connection;
    this.timer = setTimeout(() => this.onLoss(false), helloWithinMs);
  }

  private get address(): string {
    const query = new URLSearchParams();
    if (this.cursor !== undefined) query.set('last_event_id', this.cursor);
    if (this.metrics && this.refusals < refusalsToAskForLess) query.set('metrics', '1');
    return query.size > 0 ? `${this.url}?${query.toString()}` : this.url;
  }

  private receive(event: Frame['event'], data: string, id: string, isCurrent: () => boolean): void {
    let frame: Frame;
    try {
      frame = { event, id, data: JSON.parse(data) as unknown } as Frame;
    } catch {
      // Half a frame is no frame: ask for it again, from the cursor before it.
      this.onLoss(false);
      return;
    }
    this.cursor = frame.id;
    if (frame.event === 'hello') this.onHello(frame.data.retryMs, frame.data.heartbeatMs);
    this.noteLife();
    this.handlers.onFrame(frame);
    if (!isCurrent()) return;
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

  /** Where heartbeats are heard, two that don't come say that nobody is there any more. */
  private noteLife(): void {
    this.lastFrameAt = Date.now();
    clearTimeout(this.silence);
    if (this.connection?.hearsHeartbeats) this.silence = setTimeout(() => this.onLoss(false), 2 * this.heartbeatMs);
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
    clearTimeout(this.silence);
    const { connection } = this;
    this.connection = undefined;
    connection?.close();
  }

  private onWake(): void {
    // Heartbeats are comments, which a page can't see: silence proves nothing, so make sure.
    const silent = Date.now() - this.lastFrameAt > 2 * this.heartbeatMs;
    if (!this.connection || silent) this.retry();
  }

  private setStatus(status: Status): void {
    if (status === this.status) return;
    this.status = status;
    this.handlers.onStatus(status);
  }
}
