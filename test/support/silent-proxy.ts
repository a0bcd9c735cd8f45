import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { withoutNotifications } from './backend-messages.js';

/** Chooses connections by the `application_name` that they were opened with. */
type Choice = (applicationName: string) => boolean;

/**
 * Stands between a server and its database, and can fall silent the way a pulled cable does: no FIN, no RST. When it speaks
 * again, what was sent meanwhile arrives, late, as TCP has it.
 */
export class SilentProxy {
  private readonly links = new Set<Link>();
  private silenced: Choice | undefined;
  private swallowed: ReadonlySet<string> = new Set();

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

  /** From here on nothing passes, in connections old and new, and none is closed. @param which default all */
  fallSilent(which: Choice = () => true): void {
    this.silenced = which;
    for (const link of this.links) link.isHeld = this.isSilenced(link);
  }

  /** What was held back goes on its way, and so does what comes. */
  speak(): void {
    this.silenced = undefined;
    for (const link of [...this.links]) link.letGo();
  }

  /** Notifications of these channels never arrive; everything else does. None: all arrive again. */
  swallow(...channels: string[]): void {
    this.swallowed = new Set(channels);
  }

  /** Whether a connection that the database has from this port is one of its. */
  carries(port: number): boolean {
    return [...this.links].some((link) => link.farPort === port);
  }

  async close(): Promise<void> {
    for (const link of this.links) link.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private isSilenced({ applicationName }: Link): boolean {
    // One that has not said who it is says so first.
    return applicationName !== undefined && this.silenced?.(applicationName) === true;
  }

  private join(near: Socket, far: Socket): void {
    const link = new Link(near, far);
    this.links.add(link);
    link.onEnd = () => this.links.delete(link);
    const filter = withoutNotifications(() => this.swallowed);
    near.on('data', (bytes: Buffer) => {
      if (link.applicationName === undefined) {
        link.applicationName = /application_name\0([^\0]*)\0/.exec(bytes.toString('latin1'))?.[1] ?? '';
        link.isHeld = this.isSilenced(link);
      }
      link.pass(() => far.write(bytes));
    });
    far.on('data', (bytes: Buffer) => {
      const isListening = link.applicationName === 'belfry listen';
      link.pass(() => near.write(isListening ? filter(bytes) : bytes));
    });
    near.resume();
  }
}

/** One connection, both its sides. */
class Link {
  /** Undefined until the client has said it. */
  applicationName: string | undefined;
  isHeld = false;
  onEnd: () => void = () => undefined;
  private readonly held: (() => void)[] = [];

  constructor(
    private readonly near: Socket,
    private readonly far: Socket,
  ) {
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.pass(() => other.destroy());
        if (near.destroyed && far.destroyed) this.onEnd();
      });
    }
  }

  /** Where the database sees it come from. */
  get farPort(): number | undefined {
    return this.far.localPort;
  }

  /** Does it now, or when it is let go. */
  pass(act: () => void): void {
    if (this.isHeld) this.held.push(act);
    else act();
  }

  letGo(): void {
    this.isHeld = false;
    for (const act of this.held.splice(0)) act();
  }

  destroy(): void {
    this.isHeld = false;
    this.near.destroy();
    this.far.destroy();
  }
}
