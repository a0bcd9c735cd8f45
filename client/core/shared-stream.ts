import type { TokenSource } from './connection.js';
import { EventStream, type FrameHandlers, type FrameSource, type Mode, type Status } from './stream.js';
import { TabChannel, type Message, type Welcome } from './tab-channel.js';
import { watchWake } from './wake.js';
import { frameEvents, type Counts, type Frame, type Hello, type Preferences } from './wire.js';

/** How long the leading tab may take to answer before another takes its place; by chance longer, so that not all do. Unit: ms. */
const answerWithinMs = 3000;
/** How often a tab that does not lead makes sure that somebody does. Unit: ms. */
const askEveryMs = 20_000;

/** How those tabs go by tokens that share one: what these have in common, and where this tab has its own from. */
export interface ByToken {
  principal: string;
  token: TokenSource;
}

/**
 * One stream for all tabs of a browser: one of them leads, which the browser's locks decide, has the stream, and hands its frames
 * to the others. When it goes, however it goes, the next one gets the lock and resumes where it was itself.
 *
 * Each frame is handed on with the cursor before it. A tab that is not there has missed something, or is ahead, and asks the
 * leader for where it stands: it then begins anew from there, as after a connection that could not be resumed.
 */
export class SharedStream implements FrameSource {
  private readonly stream: EventStream;
  private channel: TabChannel | undefined;
  private unwatch: (() => void) | undefined;
  private answer: ReturnType<typeof setTimeout> | undefined;
  private asking: ReturnType<typeof setInterval> | undefined;
  private isLeader = false;
  private cursor: string | undefined;
  private status: Status = 'stopped';
  private told: Mode = 'stream';
  private hello: Hello | undefined;
  private preferences: Preferences | undefined;
  private counts: Counts | undefined;

  /** Whether the browser has what this needs: a page that is not secure (plain http, but for localhost) has no locks. */
  static get isPossible(): boolean {
    return 'locks' in navigator && typeof BroadcastChannel === 'function';
  }

  constructor(
    private readonly url: string,
    private readonly metrics: boolean,
    private readonly handlers: FrameHandlers,
    private readonly by?: ByToken,
  ) {
    const own = { ...handlers, onFrame: (frame: Frame) => this.onOwnFrame(frame), onStatus: (status: Status) => this.onOwnStatus(status) };
    this.stream = new EventStream(url, metrics, own, by?.token);
  }

  get leads(): boolean {
    return this.isLeader;
  }

  get mode(): Mode {
    return this.leads ? this.stream.mode : this.told;
  }

  start(cursor: string | undefined): void {
    this.cursor = cursor;
    if (this.leads) this.stream.start(cursor);
    else if (this.channel) this.channel.send({ type: 'start' });
    else this.enter();
    this.unwatch ??= watchWake({
      onWake: () => this.ask(),
      onOnline: () => this.ask(),
      // Neither a lock nor a channel may be held by a page in the back/forward cache.
      onFreeze: () => this.leave(),
      onThaw: () => this.enter(),
    });
  }

  stop(): void {
    this.end('stopped');
  }

  retry(): void {
    if (this.leads) this.stream.retry();
    else this.channel?.send({ type: 'retry' });
  }

  signOut(): void {
    if (this.by) this.end('signed-out');
    else if (this.leads) this.stream.signOut();
    else {
      this.channel?.send({ type: 'sign out' });
      this.setStatus('signed-out');
    }
  }

  private end(status: 'stopped' | 'signed-out'): void {
    this.unwatch?.();
    this.unwatch = undefined;
    this.leave();
    this.setStatus(status);
  }

  private enter(): void {
    if (this.channel) return;
    this.channel = new TabChannel(`belfry ${this.url}${this.metrics ? ' metrics' : ''}${this.by ? ` ${this.by.principal}` : ''}`, {
      onMessage: (message) => (this.leads ? this.onRequest(message) : this.onNews(message)),
      onLead: () => this.lead(),
      onDeposed: () => this.follow(),
    });
    this.asking = setInterval(() => this.ask(), askEveryMs);
    this.setStatus('connecting');
    this.ask();
  }

  private leave(): void {
    this.answered();
    clearInterval(this.asking);
    const { channel } = this;
    this.channel = undefined;
    if (this.leads) {
      this.setLeads(false);
      this.stream.stop();
    }
    channel?.close();
  }

  private lead(): void {
    this.answered();
    this.setLeads(true);
    this.stream.start(this.cursor);
  }

  private follow(): void {
    if (!this.leads) return;
    this.setLeads(false);
    this.stream.stop();
    this.ask();
  }

  /** Asks the leader for where it stands, and takes over from one that does not answer. */
  private ask(): void {
    if (this.leads || !this.channel || this.answer !== undefined) return;
    this.channel.send({ type: 'ask' });
    this.answer = setTimeout(() => {
      this.answer = undefined;
      this.channel?.takeOver();
    }, answerWithinMs * (1 + Math.random() / 2));
  }

  private answered(): void {
    clearTimeout(this.answer);
    this.answer = undefined;
  }

  private onRequest(message: Message): void {
    if (message.type === 'ask') this.channel?.send(this.welcome(message.from));
    if (message.type === 'start') this.stream.start(this.cursor);
    if (message.type === 'retry') this.stream.retry();
    if (message.type === 'sign out') this.stream.signOut();
  }

  private welcome(to: string): Omit<Welcome, 'from'> {
    const { cursor, hello, preferences, counts, status, mode } = this;
    return { type: 'welcome', to, cursor, hello, preferences, counts, status, mode };
  }

  private onNews(message: Message): void {
    if (message.type === 'welcome' && message.to === this.channel?.id) this.onWelcome(message);
    if (message.type !== 'frame' && message.type !== 'later frame' && message.type !== 'status') return;
    // Whoever asked before this one led has its answer: it is there, and says what it is given.
    this.answered();
    if (message.type === 'status') {
      this.told = message.mode ?? 'stream';
      this.setStatus(message.status);
    } else if (message.before === this.cursor || message.frame.event === 'reset') this.take(message.frame);
    else this.ask();
  }

  private onWelcome({ cursor, hello, preferences, counts, status, mode = 'stream' }: Welcome): void {
    this.answered();
    this.told = mode;
    const isUpToDate = this.status === 'live' && cursor === this.cursor;
    if (hello && cursor !== undefined && !isUpToDate) {
      this.take({ event: 'hello', id: cursor, data: { ...hello, resumed: cursor === this.cursor } });
      if (preferences) this.take({ event: 'preferences', id: cursor, data: preferences });
      if (status === 'live' && counts) this.take({ event: 'ready', id: cursor, data: counts });
    }
    this.setStatus(status);
  }

  private onOwnFrame(frame: Frame): void {
    const before = this.cursor;
    if (frame.event === 'hello') {
      // Told anew before it is ready; who greets its readers without has none.
      this.hello = frame.data;
      this.preferences = undefined;
    }
    if (frame.event === 'preferences') this.preferences = frame.data;
    if (frame.event === 'counts' || frame.event === 'ready') this.counts = frame.data;
    if (frame.event !== 'goodbye') this.channel?.send({ type: frame.event === 'preferences' ? 'later frame' : 'frame', before, frame });
    this.take(frame);
  }

  private take(frame: Frame): void {
    this.cursor = frame.id;
    if (frameEvents.includes(frame.event)) this.handlers.onFrame(frame);
  }

  private onOwnStatus(status: Status): void {
    // The stream of a tab that leads no more has stopped; the tab itself goes on.
    if (!this.leads) return;
    // A token is a tab's own, where a cookie is all tabs': the next one may have a better one.
    if (this.by && status === 'signed-out') {
      this.end(status);
      return;
    }
    this.channel?.send({ type: 'status', status, mode: this.mode });
    this.setStatus(status);
  }

  private setLeads(leads: boolean): void {
    this.isLeader = leads;
    this.handlers.onLead(leads);
  }

  private setStatus(status: Status): void {
    if (status === this.status) return;
    this.status = status;
    // Whoever signs in next begins anew.
    if (status === 'signed-out') this.cursor = undefined;
    this.handlers.onStatus(status);
  }
}
