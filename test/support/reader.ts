import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { until } from './until.js';

/** One frame, as its bytes say it. */
export interface Frame {
  event: string;
  id: string | undefined;
  retry: number | undefined;
  data: unknown;
}

export interface ReaderOptions {
  token?: string;
  /** Sent as the header. */
  lastEventId?: string | undefined;
  /** `?last_event_id=…` and the like. */
  query?: string;
  headers?: Record<string, string>;
}

/**
 * A strict reader of the stream: no library between it and the bytes, no reconnecting, nothing forgiven. A frame that is
 * cut off does not count, as in a browser.
 */
export class Reader {
  readonly frames: Frame[] = [];
  readonly comments: string[] = [];
  /** What the last whole frame said: the cursor to come back with. */
  lastEventId: string | undefined;
  ended = false;
  private buffer = '';
  private response: IncomingMessage | undefined;
  private readonly request: ClientRequest;

  private constructor(url: string, options: ReaderOptions) {
    this.lastEventId = options.lastEventId;
    this.request = request(`${url}/v1/stream${options.query ?? ''}`, {
      agent: false,
      headers: {
        accept: 'text/event-stream',
        ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
        ...(options.lastEventId !== undefined && { 'last-event-id': options.lastEventId }),
        ...options.headers,
      },
    });
    this.request.on('error', () => {
      this.ended = true;
    });
  }

  /** @throws when the answer is not 200 */
  static async open(url: string, options: ReaderOptions): Promise<Reader> {
    const reader = new Reader(url, options);
    reader.request.end();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      reader.request.once('response', resolve);
      reader.request.once('error', reject);
    });
    if (response.statusCode !== 200) {
      response.resume();
      throw new Error(`the stream was answered with ${response.statusCode}`);
    }
    reader.follow(response);
    return reader;
  }

  get statusHeaders(): IncomingMessage['headers'] {
    return this.response?.headers ?? {};
  }

  /** All data of one event's frames, in order. */
  dataOf(event: string): unknown[] {
    return this.frames.filter((frame) => frame.event === event).map(({ data }) => data);
  }

  /** Every notification given, in order. */
  get notifications(): { id: string; title: string; topic: string; source: { table: string; key: string } | null }[] {
    return this.dataOf('notifications').flat() as never;
  }

  /** Waits for a frame of this event; the first that `accept` takes. */
  async frame(event: string, accept: (data: never) => boolean = () => true): Promise<Frame> {
    return until(`a frame "${event}"`, () => this.frames.find((frame) => frame.event === event && accept(frame.data as never)));
  }

  async end(): Promise<void> {
    await until('the stream ends', () => this.ended);
  }

  /** Whether it ended as HTTP ends an answer, with its last chunk, and not with a torn line. */
  get endedWhole(): boolean {
    return this.response?.complete ?? false;
  }

  /** Stops reading, but keeps the connection. */
  pause(): void {
    this.response?.pause();
  }

  resume(): void {
    this.response?.resume();
  }

  close(): void {
    this.request.destroy();
  }

  private follow(response: IncomingMessage): void {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.buffer += chunk;
      for (let end = this.buffer.indexOf('\n\n'); end >= 0; end = this.buffer.indexOf('\n\n')) {
        this.take(this.buffer.slice(0, end));
        this.buffer = this.buffer.slice(end + 2);
      }
    });
    const onEnd = (): void => {
      this.ended = true;
    };
    response.on('end', onEnd);
    response.on('close', onEnd);
    response.on('error', onEnd);
  }

  private take(block: string): void {
    const fields = new Map<string, string[]>();
    for (const line of block.split('\n').filter((text) => text !== '')) {
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (name === '') this.comments.push(value);
      else fields.set(name, [...(fields.get(name) ?? []), value]);
    }
    if (fields.size === 0) return;
    const id = fields.get('id')?.at(-1);
    const data = fields.get('data')?.join('\n');
    const retry = fields.get('retry')?.at(-1);
    this.lastEventId = id ?? this.lastEventId;
    this.frames.push({
      event: fields.get('event')?.at(-1) ?? 'message',
      id,
      retry: retry === undefined ? undefined : Number(retry),
      data: data === undefined ? undefined : (JSON.parse(data) as unknown),
    });
  }
}
