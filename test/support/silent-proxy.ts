import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a server and its database, and can fall silent the way a pulled cable does: no FIN, no RST. */
export class SilentProxy {
  private readonly sockets = new Set<Socket>();
  private silent = false;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** @param port to listen on; default any free one */
  static async start(targetPort: number, port = 0): Promise<SilentProxy> {
    const server = createServer({ pauseOnConnect: true });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || !address) throw new Error('the proxy has no port');
    const proxy = new SilentProxy(server, address.port);
    server.on('connection', (near: Socket) => proxy.join(near, connect(targetPort, '127.0.0.1')));
    return proxy;
  }

  /** From here on nothing passes, in connections old and new, and none is closed. */
  fallSilent(): void {
    this.silent = true;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(near: Socket, far: Socket): void {
    for (const [from, to] of [[near, far], [far, near]] as const) {
      this.sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (bytes) => {
        if (!this.silent) to.write(bytes);
      });
      from.on('close', () => {
        this.sockets.delete(from);
        if (!this.silent) to.destroy();
      });
    }
    near.resume();
  }
}
