import type { TokenSource } from './connection.js';
import { principalOf } from './principal.js';
import { SharedStream } from './shared-stream.js';
import { EventStream, type FrameHandlers, type FrameSource, type Mode } from './stream.js';
import type { Frame } from './wire.js';

/** So long a token that has just said who the admin is may also be what the stream is asked for with. Unit: ms. */
const freshMs = 5000;

/**
 * The stream of who goes by a token. Tabs of one browser may be of different admins, so only those share a stream whose tokens say the same
 * of theirs. That is looked at before each connection: with no other token is it made. Until a token has said it, and where none
 * does, the tab is by itself.
 */
export class StreamByToken implements FrameSource {
  private source: EventStream | SharedStream;
  /** Whose tabs it is among; undefined: by itself. */
  private principal: string | undefined;
  private cursor: string | undefined;
  private led = false;
  private inHand: string | undefined;

  constructor(
    private readonly url: string,
    private readonly metrics: boolean,
    private readonly handlers: FrameHandlers,
    private readonly token: TokenSource,
  ) {
    this.source = this.among(undefined);
  }

  get leads(): boolean {
    return this.led;
  }

  get mode(): Mode {
    return this.source.mode;
  }

  /** Somebody else may have signed in since: begins by asking who. */
  start(cursor: string | undefined): void {
    this.cursor = cursor;
    this.move(undefined);
  }

  stop(): void {
    this.source.stop();
  }

  retry(): void {
    this.source.retry();
  }

  signOut(): void {
    this.source.signOut();
  }

  /** Goes over to the tabs of that principal, and on from where it is. */
  private move(principal: string | undefined): void {
    const { source } = this;
    this.source = this.among(principal);
    source.stop();
    this.note(false);
    this.source.start(this.cursor);
  }

  private among(principal: string | undefined): EventStream | SharedStream {
    this.principal = principal;
    const isCurrent = (): boolean => source === this.source;
    const handlers: FrameHandlers = {
      onFrame: (frame) => isCurrent() && this.onFrame(frame),
      onStatus: (status) => isCurrent() && this.handlers.onStatus(status),
      onLead: (leads) => isCurrent() && this.note(leads),
      askWhyRefused: () => this.handlers.askWhyRefused(),
    };
    const token = (): Promise<string> => this.tokenFor(principal, isCurrent);
    const source = principal === undefined
      ? new EventStream(this.url, this.metrics, handlers, token)
      : new SharedStream(this.url, this.metrics, handlers, { token, principal });
    return source;
  }

  /** A token of this principal; of another's, or of none, it moves there instead: by itself, one that has none keeps nobody else waiting. */
  private async tokenFor(principal: string | undefined, isCurrent: () => boolean): Promise<string> {
    const inHand = this.takeInHand();
    if (inHand !== undefined && principal !== undefined && isCurrent()) return inHand;
    let token: string | undefined;
    let found: string | undefined;
    try {
      token = await this.token();
      found = await principalOf(token);
    } finally {
      if (isCurrent() && found !== principal) {
        this.inHand = token;
        setTimeout(() => this.takeInHand(), freshMs);
        this.move(found);
      }
    }
    if (!isCurrent()) throw new Error('Gone');
    if (principal === undefined) this.note(true);
    return token;
  }

  /** Looks whether the admin is still who they were, where another tab has the stream. */
  private async look(): Promise<void> {
    const { source, principal } = this;
    if (principal === undefined || this.leads || this.takeInHand() !== undefined) return;
    try {
      const found = await principalOf(await this.token());
      if (source === this.source && found !== principal) this.move(found);
    } catch {
      // What it asks the server for by itself fails as well, and says so.
    }
  }

  private takeInHand(): string | undefined {
    const { inHand } = this;
    this.inHand = undefined;
    return inHand;
  }

  private onFrame(frame: Frame): void {
    this.cursor = frame.id;
    this.handlers.onFrame(frame);
    // As often as it would have been asked for with a stream of its own.
    if (frame.event === 'hello') void this.look();
  }

  private note(leads: boolean): void {
    if (leads === this.led) return;
    this.led = leads;
    this.handlers.onLead(leads);
  }
}
