import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { BoundedServer } from './http-adapter.js';

/** Connections that may wait to be accepted: after a deploy every browser comes back at once. */
const BACKLOG = 4_096;
/** How long a taken port is waited for, in milliseconds: the one before us may be on its way out. */
const PORT_PATIENCE_MS = 3_000;
/** How often a connection that has come to rest is looked for while the door is closing, in milliseconds. */
const SWEEP_MS = 50;

/**
 * The HTTP server. It listens before there is an application behind it, so that a taken port is found out before
 * anything else is done; requests wait for the application. It closes in steps, each harder than the one before.
 */
export class Door {
  readonly server = new BoundedServer();
  private readonly sockets = new Set<Socket>();
  private readonly underWay = new Set<ServerResponse>();
  private readonly forgetResponse: (this: ServerResponse) => void;
  private waiting: [IncomingMessage, ServerResponse][] = [];
  private application: RequestListener | undefined;
  private sweep: NodeJS.Timeout | undefined;

  private constructor(private readonly host: string) {
    const { sockets, underWay } = this;
    // One listener for all of a kind, which Node gives the emitter as `this`: there are as many as streams.
    const forgetSocket = function (this: Socket): void {
      sockets.delete(this);
    };
    this.forgetResponse = function (this: ServerResponse): void {
      underWay.delete(this);
    };
    this.server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', forgetSocket);
    });
    this.server.on('request', (request, response) => this.receive(request, response));
  }

  /** @throws in words when the port or the address can't be had */
  static async open({ port, host }: Pick<Config, 'port' | 'host'>, logger: LoggerService, signal?: AbortSignal): Promise<Door> {
    const door = new Door(host);
    const patience = performance.now() + PORT_PATIENCE_MS;
    for (let tried = 0; ; tried++) {
      signal?.throwIfAborted();
      try {
        await door.listen(port);
        return door;
      } catch (error) {
        const { code } = error as { code?: string };
        if (code !== 'EADDRINUSE' || performance.now() > patience) throw unlistenable(code, port, host, error);
        if (tried === 0) logger.warn(`port ${port} on ${host} is taken: waiting ${PORT_PATIENCE_MS / 1_000} s for it, as its owner may be leaving`);
        await sleep(200);
      }
    }
  }

  /** `http://127.0.0.1:3000`, as it is to be typed on this machine. */
  get url(): string {
    const address = this.server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const name = this.host === '0.0.0.0' || this.host === '::' ? 'localhost' : this.host.includes(':') ? `[${this.host}]` : this.host;
    return `http://${name}:${port}`;
  }

  /** From here on the application answers, first of all those who wait. */
  leadTo(application: RequestListener): void {
    this.application = application;
    const { waiting } = this;
    this.waiting = [];
    for (const [request, response] of waiting) application(request, response);
  }

  /** Lets nobody in any more. Who is inside is served to the end; each connection ends with its answer. */
  close(): void {
    if (this.sweep) return;
    this.server.close();
    for (const response of this.underWay) endAfter(response);
    if (!this.application) this.cut();
    this.sweep = setInterval(() => this.server.closeIdleConnections(), SWEEP_MS);
    this.server.once('close', () => clearInterval(this.sweep));
  }

  /** Resolves when it is closed and everybody has gone. */
  async closed(): Promise<void> {
    if (this.server.listening || this.sockets.size > 0) await once(this.server, 'close');
  }

  /** Cuts who does not read what is sent, and who has not asked for anything. */
  cutIdle(): void {
    const served = new Set([...this.underWay].filter((response) => !isUnread(response)).map(({ socket }) => socket));
    for (const socket of this.sockets) if (!served.has(socket)) socket.destroy();
  }

  /** Cuts everybody. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    this.underWay.add(response);
    response.on('close', this.forgetResponse);
    if (this.sweep) endAfter(response);
    if (this.application) this.application(request, response);
    else this.waiting.push([request, response]);
  }

  private async listen(port: number): Promise<void> {
    const { server, host } = this;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host, backlog: BACKLOG }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  }
}

/** A reader who is asked to leave knows it from the header; one who has the header already finds the connection closed. */
function endAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

/** There is more for this reader than it takes, or there was and it has not taken the end. */
function isUnread(response: ServerResponse): boolean {
  return response.headersSent && (response.writableNeedDrain || response.writableEnded);
}

function unlistenable(code: string | undefined, port: number, host: string, cause: unknown): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: `port ${port} on ${host} is taken by another program: set PORT to a free one (0: any).`,
    EACCES: `port ${port} is not open to this user: set PORT to one above 1023.`,
    EADDRNOTAVAIL: `${host} is not an address of this machine: set HOST to one that is, or leave it out.`,
  };
  return new Error(reasons[code ?? ''] ?? `can't listen on ${host}:${port}: ${(cause as Error).message}`, { cause });
}
