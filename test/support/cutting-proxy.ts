import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Says how many bytes of the answer come through; without it, all do. */
export const CUT_AFTER = 'x-cut-after';

/** Stands between a reader and the server, passes the answer on up to the byte that the request names, and tears the line. */
export class CuttingProxy {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(targetPort: number): Promise<CuttingProxy> {
    const server = createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || !address) throw new Error('the proxy has no port');
    const proxy = new CuttingProxy(server, address.port);
    server.on('connection', (near: Socket) => proxy.join(near, connect(targetPort, '127.0.0.1')));
    return proxy;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(near: Socket, far: Socket): void {
    let left = Infinity;
    near.once('data', (request) => {
      left = Number(new RegExp(`^${CUT_AFTER}: (\\d+)`, 'im').exec(request.toString('latin1'))?.[1] ?? Infinity);
      far.write(request);
      if (left === 0) near.destroy();
    });
    far.on('data', (bytes) => {
      const passed = bytes.subarray(0, left);
      left -= passed.length;
      near.write(passed, () => {
        if (left === 0) near.destroy();
      });
    });
    for (const [one, other] of [[near, far], [far, near]] as const) {
      this.sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }
}
