import { IncomingMessage, type RequestListener, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';

/** Bytes of request line and headers together; more is answered with 431. Node's own default, written down. */
const MAX_HEADER_BYTES = 16_384;
/** Headers of one request; more is answered with 431. */
export const MAX_HEADERS = 100;

/** How long callers may take, in milliseconds. */
export interface ConnectionTimes {
  /** Over the headers of a request; then 408, and the connection ends. Default 10 s. */
  headers: number;
  /** Over a whole request. Default 30 s. */
  request: number;
  /** How often it is looked for those who take longer. Default 5 s. */
  check: number;
  /** An idle connection is kept so long. Short, as a browser that slept would send its next request into one that is dead. Default 5 s. */
  idle: number;
}

const TIMES: ConnectionTimes = { headers: 10_000, request: 30_000, check: 5_000, idle: 5_000 };

/** A response that tells how many chunks of its body it was given; what is still on its way to it is not among them. */
export interface CountedResponse {
  readonly chunks: number;
}

/** What Nest asks a silent connection with whether it is still there. */
const PROBE = ': \n\n';

/**
 * A server whose limits are all written down here; nobody answers its requests yet. Its requests and responses are of
 * classes of its own, which an application makes its own by `adopt`.
 */
export class BoundedServer extends Server {
  private readonly kinds: Kinds;

  constructor({ headers, request, check, idle }: ConnectionTimes = TIMES) {
    const kinds: Kinds = {
      IncomingMessage: class extends IncomingMessage {},
      ServerResponse: class<Request extends IncomingMessage> extends ServerResponse<Request> implements CountedResponse {
        chunks = 0;

        override write(...chunk: unknown[]): boolean {
          if (chunk[0] !== PROBE) this.chunks++;
          return (super.write as (...chunk: unknown[]) => boolean)(...chunk);
        }

        /** Called where headers go out before any body: a stream is to follow, and lives long. */
        override flushHeaders(): void {
          super.flushHeaders();
          forgetHeaders(this);
        }
      },
    };
    super({
      ...kinds,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headers,
      requestTimeout: request,
      connectionsCheckingInterval: check,
      keepAliveTimeout: idle,
    });
    this.kinds = kinds;
    // Node leaves out what is beyond, and says nothing: one more than may be shows that there were too many.
    this.maxHeadersCount = MAX_HEADERS + 1;
  }

  /**
   * Has every request and response come into being as Express wants them. It would change the prototype of each, at which
   * V8 gives each a shape of its own: 2 KB for as long as it lives, and a stream's live long.
   */
  adopt(application: { request: object; response: object }): void {
    application.request = grounded(this.kinds.IncomingMessage.prototype, application.request);
    application.response = grounded(this.kinds.ServerResponse.prototype, application.response);
  }
}

/** Node's own name for what `setHeader` has set: the table that `getHeader` answers from, 1 KB of it. */
const OUT_HEADERS = Object.getOwnPropertySymbols(new ServerResponse(new IncomingMessage(new Socket()))).find(
  ({ description }) => description === 'kOutHeaders',
);

/**
 * What is sent is not needed any more: neither the table nor the text made of it, of which only counts that there was one. There is
 * no public way; where Node calls them otherwise, they stay.
 */
function forgetHeaders(response: ServerResponse): void {
  if (OUT_HEADERS) Reflect.set(response, OUT_HEADERS, null);
  if ('_header' in response && '_headerSent' in response && response._headerSent === true) Reflect.set(response, '_header', 'sent');
}

interface Kinds {
  IncomingMessage: typeof IncomingMessage;
  ServerResponse: typeof ServerResponse;
}

function grounded(prototype: object, on: object): object {
  return Object.setPrototypeOf(prototype, on) as object;
}

type Next = (error?: unknown) => void;
type Handler = (request: IncomingMessage & { next?: Next }, response: ServerResponse, next: Next) => unknown;

/**
 * The handler, that leads on by the request's own `next`, asked for when it is needed. Express would wait for its promise, and keep all
 * the routers that led here until then; a stream's is kept as long as the stream.
 */
function alone(handler: Handler): Handler {
  return (request, response) => {
    const next: Next = (error) => request.next?.(error);
    void Promise.resolve(handler(request, response, next)).catch(next);
  };
}

/** Express on a bounded server. One that is given has its requests led on by whoever gave it, when the time has come. */
export class HttpAdapter extends ExpressAdapter {
  constructor(private readonly given?: BoundedServer) {
    super();
    const get = this.get.bind(this) as (...route: unknown[]) => unknown;
    Object.assign(this, { get: (...route: unknown[]) => get(...route.map((part) => (typeof part === 'function' ? alone(part as Handler) : part))) });
  }

  override initHttpServer(): void {
    const application = this.getInstance<RequestListener & { request: object; response: object }>();
    const server = this.given ?? new BoundedServer().on('request', application);
    server.adopt(application);
    this.httpServer = server;
  }
}
