import { backoff } from './backoff.js';
import { connectByCookie, connectByToken, type Connect, type Connection, type TokenSource } from './connection.js';
import type { FrameHandlers, FrameSource, Mode, Status } from './frame-source.js';
import { connectByPoll } from './poll-connection.js';
import { Probe } from './probe.js';
import { watchWake } from './wake.js';
import { frameEvents, type Frame } from './wire.js';

export type * from './frame-source.js';

/** Unit: ms. */
export interface StreamTimes {
  /** How long a stream may take to its first frame. */
  helloWithinMs: number;
  /** While polls serve: how often it is tried whether a stream comes through by now. */
  streamAgainMs: number;
}

const defaultTimes: StreamTimes = { helloWithinMs: 5000, streamAgainMs: 300_000 };
/** So many in a row that opened, or seemed to, and said nothing: a proxy swallows streams. */
const swallowedToPoll = 2;
/** How long the first poll may take, which is answered at once. Longer than the server takes to say that it can't. Unit: ms. */
const firstPollWithinMs = 15_000;
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
  /** In a row. */
  private swallowed = 0;
  /** A poll has been answered since it polls. */
  private isPollProven = false;
  private canPoll = true;
  private current: Mode = 'stream';
  private readonly open: Record<Mode, Connect>;
  private readonly probe: Probe;

  constructor(
    private readonly url: string,
    private readonly metrics: boolean,
    private readonly handlers: FrameHandlers,
    token?: TokenSource,
    private readonly times: StreamTimes = defaultTimes,
  ) {
    this.open = { stream: token ? connectByToken(token) : connectByCookie, poll: connectByPoll(token) };
    this.probe = new Probe({
      open: this.open.stream,
      address: () => this.address('stream'),
      onThrough: () => this.goOver('stream'),
      everyMs: times.streamAgainMs,
      withinMs: times.helloWithinMs,
    });
  }

  get mode(): Mode {
    return this.current;
  }

  start(cursor: string | undefined): void {
    this.canPoll = true;
    this.cursor = cursor;
    this.failures = 0;
    this.refusals = 0;
    this.unwatch ??= watchWake({
      onWake: () => this.onWake(),
      onOnline: () => this.retry(),
      onFreeze: () => {
        this.hangUp();
        this.probe.stop();
      },
      onThaw: () => this.retry(),
    });
    this.begin();
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
    this.begin();
  }

  private end(status: 'stopped' | 'signed-out'): void {
    this.hangUp();
    this.probe.stop();
    this.unwatch?.();
    this.unwatch = undefined;
    this.setStatus(status);
  }

  private begin(): void {
    this.connect();
    // It may be another network by now.
    if (this.current === 'poll') this.probe.look();
  }

  private connect(): void {
    this.hangUp();
    if (this.failures === 0) this.setStatus('connecting');
    const isCurrent = (): boolean => connection === this.connection;
    const mode = this.current;
    const connection = this.open[mode](this.address(mode), {
      onEvent: (event, data, id) => {
        if (isCurrent() && (frameEvents as readonly string[]).includes(event)) this.receive(event as Frame['event'], data, id, isCurrent);
      },
      onLife: () => {
        if (isCurrent()) this.noteLife();
      },
      onLost: (refused, waitMs) => {
        if (isCurrent()) this.onLoss(refused, waitMs);
      },
      onAbsent: () => {
        if (isCurrent()) this.onAbsence();
      },
    });
    this.connection = connection;
    this.timer = mode === 'poll' ? setTimeout(() => this.onLoss(false), firstPollWithinMs) : setTimeout(() => this.onSilence(), this.times.helloWithinMs);
  }

  private address(mode: Mode): string {
    const query = new URLSearchParams();
    if (this.cursor !== undefined) query.set('last_event_id', this.cursor);
    if (this.metrics && this.refusals < refusalsToAskForLess) query.set('metrics', '1');
    const url = mode === 'poll' ? `${this.url}/poll` : this.url;
    return query.size > 0 ? `${url}?${query.toString()}` : url;
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
    this.swallowed = 0;
    this.isPollProven = this.current === 'poll';
    if (frame.event === 'hello') ({ retryMs: this.retryMs, heartbeatMs: this.heartbeatMs } = frame.data);
    this.noteLife();
    this.handlers.onFrame(frame);
    if (!isCurrent()) return;
    if (frame.event === 'ready') {
      this.failures = 0;
      if (this.refusals < refusalsToAskForLess) this.refusals = 0;
      this.setStatus('live');
      this.noteLife();
    }
    if (frame.event === 'goodbye') this.schedule(frame.data.reconnectInMs, 'connecting');
  }

  /**
   * Where heartbeats are heard, two that don't come say that nobody is there any more. Not ready by then, all but the beginning was swallowed:
   * that `ready` takes its time is the server's to say, by heartbeats.
   */
  private noteLife(): void {
    this.lastFrameAt = Date.now();
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    const isReady = this.status === 'live';
    if (!isReady) this.timer = setTimeout(() => this.setStatus('offline'), this.times.helloWithinMs);
    if (isReady && !this.connection?.hearsHeartbeats) return;
    this.silence = setTimeout(() => (isReady ? this.onLoss(false) : this.onSilence(swallowedToPoll)), 2 * this.heartbeatMs);
  }

  /** Nothing came, neither a frame nor a refusal. A network that is dead looks like this too: then the first poll fails as well. */
  private onSilence(swallowed = this.swallowed + 1): void {
    if (this.canPoll && this.current === 'stream' && swallowed >= swallowedToPoll) {
      this.goOver('poll');
      return;
    }
    this.onLoss(false);
    this.swallowed = swallowed;
  }

  private onLoss(refused: boolean, waitMs = 0): void {
    this.swallowed = 0;
    if (this.current === 'poll' && !this.isPollProven) {
      this.leavePolls();
      this.swallowed = swallowedToPoll - 1;
    }
    // One quick attempt before anybody is told: a restart is over in a moment.
    this.schedule(Math.max(waitMs, backoff(this.failures, this.retryMs)), this.failures === 0 ? 'connecting' : 'offline');
    this.failures += 1;
    if (refused) void this.onRefusal();
  }

  private onAbsence(): void {
    this.canPoll = false;
    this.leavePolls();
    this.onLoss(false);
  }

  private goOver(mode: Mode): void {
    this.leavePolls();
    this.current = mode;
    if (mode === 'poll') this.probe.start();
    this.connect();
  }

  private leavePolls(): void {
    this.current = 'stream';
    this.isPollProven = false;
    this.swallowed = 0;
    this.probe.stop();
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
