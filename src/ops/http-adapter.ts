import { createServer, type RequestListener } from 'node:http';
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
  /** An idle connection is kept so long: longer than proxies keep theirs (60 s), so that they close first. Default 75 s. */
  idle: number;
}

const TIMES: ConnectionTimes = { headers: 10_000, request: 30_000, check: 5_000, idle: 75_000 };

/** Express on a server whose limits are all written down here. */
export class HttpAdapter extends ExpressAdapter {
  constructor(private readonly times: ConnectionTimes = TIMES) {
    super();
  }

  override initHttpServer(): void {
    const { headers, request, check, idle } = this.times;
    const server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: headers,
        requestTimeout: request,
        connectionsCheckingInterval: check,
        keepAliveTimeout: idle,
      },
      this.getInstance<RequestListener>(),
    );
    // Node leaves out what is beyond, and says nothing: one more than may be shows that there were too many.
    server.maxHeadersCount = MAX_HEADERS + 1;
    this.httpServer = server;
  }
}
