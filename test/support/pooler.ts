import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';

type Mode = 'transaction' | 'session';

/** A session at the server, lent to one client after the other. */
interface Backend {
  socket: Socket;
  /** Whom it serves; nobody while it is idle. */
  client: Client | undefined;
}

interface Client {
  socket: Socket;
  backend: Backend | undefined;
  /** Messages that wait for a backend. */
  waiting: Buffer[];
  /** Requests that the server has not called ready for the next one yet. */
  pending: number;
  /** Whether it keeps its session until it leaves. */
  keeps: boolean;
}

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
/** Messages of a client after which the server says when it is ready: query, sync, function call. */
const ANSWERED = new Set(['Q', 'S', 'F']);
/** What a server says by itself, at any time: nobody's while the session is idle. */
const UNASKED = new Set(['A', 'N', 'S']);

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const parameter = (name: string, value: string): Buffer => message('S', Buffer.from(`${name}\0${value}\0`));
/** What it answers to a start: it lets everybody in. */
const WELCOME = Buffer.concat([
  message('R', int32(0)),
  parameter('server_version', '16.0'),
  parameter('client_encoding', 'UTF8'),
  parameter('standard_conforming_strings', 'on'),
  message('K', Buffer.concat([int32(1), int32(1)])),
  message('Z', Buffer.from('I')),
]);

/**
 * A pooler as PgBouncer is one, as far as it matters here: it answers the start itself, and lends a server session for a
 * transaction, or for as long as the client stays. Like PgBouncer it hands out the session that was used last, and knows
 * nothing of prepared statements, LISTEN or settings.
 */
export class Pooler {
  private readonly clients = new Set<Client>();
  private readonly backends = new Set<Backend>();
  private readonly idle: Backend[] = [];
  private readonly queue: Client[] = [];
  private opening = 0;
  /** From the next connection on. */
  mode: Mode;

  private constructor(
    private readonly server: Server,
    private readonly target: string,
    private readonly size: number,
    mode: Mode,
  ) {
    this.mode = mode;
  }

  /** @param size sessions at the server, at most */
  static async start(target: string, mode: Mode, size = 20): Promise<Pooler> {
    const server = createServer();
    const pooler = new Pooler(server, target, size, mode);
    server.on('connection', (socket: Socket) => pooler.accept(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return pooler;
  }

  get url(): string {
    const address = this.server.address();
    if (typeof address !== 'object' || !address) throw new Error('the pooler does not listen');
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(address.port);
    return url.href;
  }

  /** Cuts every client, as a restart does; they may come back. */
  cut(): void {
    for (const { socket } of this.clients) socket.destroy();
  }

  async close(): Promise<void> {
    this.server.close();
    this.cut();
    for (const { socket } of this.backends) socket.destroy();
    await once(this.server, 'close');
  }

  private accept(socket: Socket): void {
    const client: Client = { socket, backend: undefined, waiting: [], pending: 0, keeps: this.mode === 'session' };
    this.clients.add(client);
    let started = false;
    let buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => this.leave(client));
    socket.on('data', (bytes: Buffer) => {
      buffer = Buffer.concat([buffer, bytes]);
      while (!started && buffer.length >= 8 && buffer.length >= buffer.readInt32BE(0)) {
        const code = buffer.readInt32BE(4);
        buffer = buffer.subarray(buffer.readInt32BE(0));
        if (code === SSL_REQUEST || code === GSS_REQUEST) socket.write('N');
        else if (code === CANCEL_REQUEST) socket.destroy();
        else {
          started = true;
          socket.write(WELCOME);
        }
      }
      if (started) buffer = this.forEach(buffer, (type, whole) => this.fromClient(client, type, whole));
    });
  }

  private fromClient(client: Client, type: string, whole: Buffer): void {
    if (type === 'X') {
      client.socket.end();
      return;
    }
    if (ANSWERED.has(type)) client.pending++;
    if (client.backend) {
      client.backend.socket.write(whole);
      return;
    }
    client.waiting.push(whole);
    if (!this.queue.includes(client)) this.queue.push(client);
    this.lend();
  }

  private lend(): void {
    while (this.queue.length > 0) {
      const backend = this.idle.pop();
      if (!backend) {
        if (this.backends.size + this.opening < this.size) void this.open();
        return;
      }
      const client = this.queue.shift();
      if (!client) return;
      backend.client = client;
      client.backend = backend;
      for (const whole of client.waiting.splice(0)) backend.socket.write(whole);
    }
  }

  /** Signs in with `pg`, and then takes its socket. */
  private async open(): Promise<void> {
    this.opening++;
    const signedIn = new pg.Client({ connectionString: this.target });
    signedIn.on('error', () => undefined);
    try {
      await signedIn.connect();
    } catch {
      for (const client of this.queue.splice(0)) client.socket.destroy();
      return;
    } finally {
      this.opening--;
    }
    const { stream: socket } = (signedIn as unknown as { connection: { stream: Socket } }).connection;
    socket.removeAllListeners();
    const backend: Backend = { socket, client: undefined };
    this.backends.add(backend);
    let buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.backends.delete(backend);
      const at = this.idle.indexOf(backend);
      if (at >= 0) this.idle.splice(at, 1);
      backend.client?.socket.destroy();
    });
    socket.on('data', (bytes: Buffer) => {
      buffer = this.forEach(Buffer.concat([buffer, bytes]), (type, whole) => this.fromServer(backend, type, whole));
    });
    this.idle.push(backend);
    this.lend();
  }

  private fromServer(backend: Backend, type: string, whole: Buffer): void {
    const { client } = backend;
    // A notification for a client that was here before, and is not any more.
    if (!client && UNASKED.has(type)) return;
    client?.socket.write(whole);
    if (type !== 'Z' || !client) return;
    client.pending--;
    if (client.pending > 0 || whole[5] !== 'I'.charCodeAt(0) || client.keeps) return;
    client.backend = undefined;
    backend.client = undefined;
    this.idle.push(backend);
    this.lend();
  }

  private leave(client: Client): void {
    this.clients.delete(client);
    const at = this.queue.indexOf(client);
    if (at >= 0) this.queue.splice(at, 1);
    // In the middle of something, or full of what the client left in it.
    client.backend?.socket.destroy();
  }

  /** Calls back with each whole message. @returns what is left */
  private forEach(buffer: Buffer, take: (type: string, whole: Buffer) => void): Buffer<ArrayBuffer> {
    let rest = buffer;
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const end = rest.readInt32BE(1) + 1;
      take(String.fromCharCode(rest[0] ?? 0), rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    return Buffer.from(rest);
  }
}
