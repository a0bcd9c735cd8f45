import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What becomes of event streams: nothing of them comes, or their head alone does, or their first event too, or the browser gets a 502. */
export type Swallows = 'all' | 'bodies' | 'after hello' | 'refuses' | undefined;

/**
 * Stands between browser and server, and gathers an answer until it ends, as scanners do: an event stream, which has no end, never
 * comes through. All else does.
 */
export class SwallowingProxy {
  swallows: Swallows = 'all';
  /** Gives up on an answer that takes longer, with 504. Unit: ms. */
  patienceMs = Infinity;
  /** Paths that are answered by the proxy itself, and with what. */
  readonly own = new Map<string, { status: number; headers?: Record<string, string> }>();
  /** Path and query of all that was asked, in order. */
  readonly asked: URL[] = [];
  private readonly sockets = new Set<Socket>();
  /** Event streams that come through now. */
  streams = 0;
  /** Those of which nothing did, or their head alone, so far. */
  swallowed = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: number,
    readonly url: string,
  ) {}

  static async start(target: number): Promise<SwallowingProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const proxy = new SwallowingProxy(server, target, `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
    server.on('connection', (socket: Socket) => {
      proxy.sockets.add(socket);
      socket.on('close', () => proxy.sockets.delete(socket));
    });
    server.on('request', (near, answer) => proxy.pass(near, answer));
    return proxy;
  }

  /** What was asked of this path, from the `since`th request of all on. */
  askedFor(path: string, since = 0): URL[] {
    return this.asked.slice(since).filter(({ pathname }) => pathname === path);
  }

  /** Every connection breaks; new ones can be made. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private pass(near: IncomingMessage, answer: ServerResponse): void {
    const url = new URL(near.url ?? '/', this.url);
    this.asked.push(url);
    const own = this.own.get(url.pathname);
    if (own) {
      near.resume();
      answer.writeHead(own.status, own.headers).end();
      return;
    }
    const far = ask({ port: this.target, host: '127.0.0.1', path: near.url, method: near.method, headers: near.headers, agent: false });
    const giveUp = this.patienceMs === Infinity ? undefined : setTimeout(() => {
      far.destroy();
      answer.writeHead(504).end();
    }, this.patienceMs);
    far.on('error', () => answer.destroy());
    answer.on('close', () => {
      clearTimeout(giveUp);
      far.destroy();
    });
    far.on('response', (response) => {
      clearTimeout(giveUp);
      if (String(response.headers['content-type']).startsWith('text/event-stream')) this.stream(response, answer);
      else response.pipe(answer.writeHead(response.statusCode ?? 502, response.headers));
    });
    near.pipe(far);
  }

  private stream(response: IncomingMessage, answer: ServerResponse): void {
    response.on('error', () => answer.destroy());
    if (this.swallows === 'refuses') {
      response.destroy();
      answer.writeHead(502).end();
      return;
    }
    if (this.swallows !== 'all') answer.writeHead(response.statusCode ?? 502, response.headers).flushHeaders();
    if (this.swallows !== undefined) {
      this.swallowed++;
      if (this.swallows === 'after hello') passHello(response, answer);
      response.resume();
      return;
    }
    this.streams++;
    answer.on('close', () => this.streams--);
    response.pipe(answer);
  }
}

/** However it is cut: the beginning up to the end of that frame. */
function passHello(response: IncomingMessage, answer: ServerResponse): void {
  let begun = '';
  const onData = (chunk: Buffer): void => {
    begun += chunk.toString('latin1');
    const hello = begun.indexOf('event: hello');
    const end = hello < 0 ? -1 : begun.indexOf('\n\n', hello);
    if (end < 0) return;
    response.off('data', onData);
    answer.write(begun.slice(0, end + 2), 'latin1');
  };
  response.on('data', onData);
}
