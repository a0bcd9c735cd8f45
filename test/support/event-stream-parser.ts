/** An event as a browser dispatches it to the page. */
export interface DispatchedEvent {
  type: string;
  data: string;
  lastEventId: string;
}

/**
 * Reads an event stream by the letter of the WHATWG's HTML standard, 9.2.6: a line counts when its end has come, an event
 * and its id count when the blank line after them has. What is cut off before counts for nothing.
 */
export class EventStreamParser {
  readonly events: DispatchedEvent[] = [];
  /** What a browser sends as Last-Event-ID when it comes back. */
  lastEventId = '';
  retry: number | undefined;
  private readonly decoder = new TextDecoder('utf-8');
  private rest = '';
  private data = '';
  private type = '';
  private id = '';

  constructor(lastEventId = '') {
    this.lastEventId = this.id = lastEventId;
  }

  feed(bytes: Uint8Array): void {
    this.rest += this.decoder.decode(bytes, { stream: true });
    for (;;) {
      // A CR at the very end may be half of a CRLF.
      const match = /\r\n|\n|\r(?!$)/.exec(this.rest);
      if (!match) return;
      const line = this.rest.slice(0, match.index);
      this.rest = this.rest.slice(match.index + match[0].length);
      if (line === '') this.dispatch();
      else this.take(line);
    }
  }

  private take(line: string): void {
    if (line.startsWith(':')) return;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.type = value;
    if (field === 'data') this.data += `${value}\n`;
    if (field === 'id' && !value.includes('\0')) this.id = value;
    if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value);
  }

  private dispatch(): void {
    this.lastEventId = this.id;
    const { data, type } = this;
    this.data = this.type = '';
    if (data === '') return;
    this.events.push({ type: type === '' ? 'message' : type, data: data.slice(0, -1), lastEventId: this.lastEventId });
  }
}
