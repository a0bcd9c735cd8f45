import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { Connections, type DatabaseOptions } from './database/connections.js';
import { Listener } from './database/listener.js';
import { Tail } from './journal/tail.service.js';
import { createApp } from './ops/app-setup.js';
import { ReadinessChecks } from './ops/readiness.js';
import { prepareDatabase } from './prepare-database.js';
import { Relay } from './relay/relay.service.js';

/** Connections that may wait to be accepted: after a deploy every browser comes back at once. */
const BACKLOG = 4_096;
/** How long a taken port is waited for, in milliseconds: the one before us may be on its way out. */
const PORT_PATIENCE_MS = 3_000;

export interface RunningApp {
  app: NestExpressApplication;
  /** `http://127.0.0.1:3000` */
  url: string;
  /** Says goodbye to every stream, lets requests finish, hands the relay on. Calling it again does nothing. */
  close(): Promise<void>;
}

/** Prepares the database, starts every station, and listens. */
export async function startApp(config: Config, database: DatabaseOptions, logger: LoggerService): Promise<RunningApp> {
  for (const warning of config.warnings) logger.warn(warning);
  await prepareDatabase(config, database.directUrl, logger);

  const app = await createApp(AppModule.forRoot(config, database), config, logger);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= app.close());
  try {
    await app.init();
    registerReadiness(app);
    app.get(Listener).start();
    await app.get(Tail).start();
    app.get(Relay).start();
    const url = await listen(app, config);
    return { app, url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function registerReadiness(app: NestExpressApplication): void {
  const checks = app.get(ReadinessChecks);
  const { direct } = app.get(Connections);
  const tail = app.get(Tail);
  checks.register('database', async () => {
    await direct.query('select 1');
    return undefined;
  });
  checks.register('journal', () => tail.trouble);
}

async function listen(app: NestExpressApplication, { port, host }: Config): Promise<string> {
  const server = app.getHttpServer();
  const patience = performance.now() + PORT_PATIENCE_MS;
  for (;;) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ port, host, backlog: BACKLOG }, () => {
          server.off('error', reject);
          resolve();
        });
      });
      break;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'EADDRINUSE' && performance.now() < patience) await sleep(200);
      else throw unlistenable(code, port, host, error);
    }
  }
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${bound}`;
}

function unlistenable(code: string | undefined, port: number, host: string, cause: unknown): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: `port ${port} on ${host} is taken by another program: set PORT to a free one (0: any).`,
    EACCES: `port ${port} is not open to this user: set PORT to one above 1023.`,
    EADDRNOTAVAIL: `${host} is not an address of this machine: set HOST to one that is, or leave it out.`,
  };
  return new Error(reasons[code ?? ''] ?? `can't listen on ${host}:${port}: ${(cause as Error).message}`, { cause });
}
