import { createServer, type RequestListener, type Server } from 'node:http';
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

/** A server whose limits are all written down here; nobody answers its requests yet. */
export function boundedServer({ headers, request, check, idle }: ConnectionTimes = TIMES): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: headers,
    requestTimeout: request,
    connectionsCheckingInterval: check,
    keepAliveTimeout: idle,
  });
  // Node leaves out what is beyond, and says nothing: one more than may be shows that there were too many.
  server.maxHeadersCount = MAX_HEADERS + 1;
  return server;
}

/** Express on a bounded server. One that is given has its requests led on by whoever gave it, when the time has come. */
export class HttpAdapter extends ExpressAdapter {
  constructor(private readonly given?: Server) {
    super();
  }

  override initHttpServer(): void {
    this.httpServer = this.given ?? boundedServer().on('request', this.getInstance<RequestListener>());
  }
}
