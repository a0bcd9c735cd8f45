import type { Mode, Status } from './stream.js';
import type { Counts, Frame, Hello, Preferences } from './wire.js';

/** Where the leader stands; `hello`, `preferences` and `counts` are the last ones that it was given. */
export interface Welcome {
  type: 'welcome';
  from: string;
  to: string;
  cursor: string | undefined;
  hello: Hello | undefined;
  preferences?: Preferences | undefined;
  counts: Counts | undefined;
  status: Status;
  /** A tab with a script before this says none. */
  mode?: Mode;
}

/**
 * What tabs say to each other: the leader `frame`, `status` and `welcome`, the others the rest. `later frame` is one of an event that tabs
 * which were opened before an update would take amiss: they ignore it, and ask when the next frame does not follow.
 */
export type Message =
  | Welcome
  | { type: 'frame' | 'later frame'; from: string; before: string | undefined; frame: Frame }
  | { type: 'status'; from: string; status: Status; mode?: Mode }
  | { type: 'ask' | 'start' | 'retry' | 'sign out'; from: string };

type Sent<M extends Message = Message> = M extends Message ? Omit<M, 'from'> : never;

export interface TabHandlers {
  onMessage: (message: Message) => void;
  /** This tab leads from here on. */
  onLead: () => void;
  /** Another tab has taken over, as this one had not answered. */
  onDeposed: () => void;
}

/** The tabs of one browser that share a stream, and which of them leads. */
export class TabChannel {
  readonly id = crypto.randomUUID();
  private readonly channel: BroadcastChannel;
  private waiting = new AbortController();
  /** Gives the lock back. */
  private release: (() => void) | undefined;
  private closed = false;

  constructor(
    private readonly name: string,
    private readonly handlers: TabHandlers,
  ) {
    this.channel = new BroadcastChannel(name);
    this.channel.addEventListener('message', ({ data }: MessageEvent<Message>) => this.handlers.onMessage(data));
    this.queue();
  }

  send(message: Sent): void {
    this.channel.postMessage({ ...message, from: this.id });
  }

  /** Leads at once, whoever does now: the leader's page hangs, or was frozen. */
  takeOver(): void {
    if (this.closed || this.release) return;
    this.waiting.abort();
    void this.hold({ steal: true });
  }

  close(): void {
    this.closed = true;
    this.waiting.abort();
    this.release?.();
    this.channel.close();
  }

  /** Waits until no tab leads any more. */
  private queue(): void {
    this.waiting = new AbortController();
    void this.hold({ signal: this.waiting.signal });
  }

  private async hold(options: LockOptions): Promise<void> {
    try {
      await navigator.locks.request(this.name, options, () => {
        if (this.closed) return undefined;
        return new Promise<void>((resolve) => {
          this.release = resolve;
          this.handlers.onLead();
        });
      });
    } catch {
      // Given up waiting, or the lock was taken from us.
      if (!this.release || this.closed) return;
      this.release = undefined;
      this.handlers.onDeposed();
      this.queue();
    }
  }
}
