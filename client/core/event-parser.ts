/** What comes out of an event stream. */
export interface ParserHandlers {
  onEvent: (event: string, data: string, id: string) => void;
  onComment: () => void;
}

/** Reads an event stream as the HTML standard says (9.2.6), however it is cut into pieces. What has not come whole counts for nothing. */
export class EventParser {
  private rest = '';
  private event = '';
  private data = '';
  private id = '';

  constructor(private readonly handlers: ParserHandlers) {}

  feed(piece: string): void {
    // A CR at the very end may be half of a CRLF.
    const lines = (this.rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.take(line);
  }

  private take(line: string): void {
    const [, field = line, value = ''] = /^(.*?): ?(.*)/s.exec(line) ?? [];
    if (line === '') this.end();
    else if (field === '') this.handlers.onComment();
    else if (field === 'event') this.event = value;
    else if (field === 'data') this.data += `${value}\n`;
    else if (field === 'id' && !value.includes('\0')) this.id = value;
  }

  private end(): void {
    const { event, data } = this;
    this.event = this.data = '';
    if (data !== '') this.handlers.onEvent(event === '' ? 'message' : event, data.slice(0, -1), this.id);
  }
}
