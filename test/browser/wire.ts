import { connect, createServer, type Socket } from 'node:net';

/** The network between browser and server, to be cut or to go dead. */
export interface Wire {
  port: number;
  /** Where it leads to; may change while it is cut. */
  target: number;
  /** Every connection breaks, and none can be made. */
  cut(): void;
  /** Connections stay open, and nothing comes through any more: what a sleeping machine or a lost network leaves behind. */
  freeze(): void;
  /** New connections can be made again. */
  mend(): void;
  close(): Promise<void>;
}

export async function layWire(target: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let broken = false;
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    return socket;
  };
  const server = createServer((browser) => {
    track(browser);
    if (broken) return void browser.destroy();
    const onward = track(connect(wire.target, '127.0.0.1'));
    browser.pipe(onward).pipe(browser);
    // A half that is gone takes the other with it.
    browser.on('close', () => onward.destroy());
    onward.on('close', () => browser.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const wire: Wire = {
    port: typeof address === 'object' && address ? address.port : 0,
    target,
    cut() {
      broken = true;
      drop();
    },
    freeze() {
      broken = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend() {
      broken = false;
    },
    close: () => new Promise((resolve) => {
      drop();
      server.close(() => resolve());
    }),
  };
  return wire;
}
