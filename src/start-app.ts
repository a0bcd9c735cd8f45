import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { closeApp } from './close-app.js';
import type { Config } from './config/config.js';
import { backoffMs } from './database/backoff.js';
import { Connections, type DatabaseOptions } from './database/connections.js';
import { Listener } from './database/listener.js';
import { SchemaWatch } from './database/schema-watch.service.js';
import { Tail } from './journal/tail.service.js';
import { createApp } from './ops/app-setup.js';
import { isDatabaseUnavailable } from './ops/database-unavailable.js';
import { Door } from './ops/door.js';
import { ReadinessChecks } from './ops/readiness.js';
import { whileStarting } from './ops/starting.js';
import { DatabaseAwayError, prepareDatabase } from './prepare-database.js';
import { Relay } from './relay/relay.service.js';
import { Expiry } from './retention/expiry.service.js';
import { Purge } from './retention/purge.service.js';
import { readRulesFile } from './rules/rules-file.js';

/** How often it is said that the database is waited for, in milliseconds. */
const SAY_EVERY_MS = 10_000;

export interface RunningApp {
  app: NestExpressApplication;
  /** `http://127.0.0.1:3000` */
  url: string;
  /** Says goodbye to every stream, lets requests finish, hands the relay on. Calling it again does nothing. */
  close(): Promise<void>;
}

export interface StartOptions {
  /** The start is given up when this is aborted, and rejects with its reason once all is undone. Default never. */
  signal?: AbortSignal;
  /** Told the address from which health is answered from here on. */
  onListening?: (url: string) => void;
}

/**
 * Listens, then waits for the database and prepares it, then starts every station. What needs no database is answered
 * from the first second: health tells what is waited for.
 *
 * @param database where it is, or how to come by one
 * @throws what stands in the way for good, with what to do; the port and the rules' file come before anything is touched
 */
export async function startApp(
  config: Config,
  database: DatabaseOptions | (() => Promise<DatabaseOptions>),
  logger: LoggerService,
  { signal = new AbortController().signal, onListening }: StartOptions = {},
): Promise<RunningApp> {
  for (const warning of config.warnings) logger.warn(warning);
  const rules = config.apply ? await readRulesFile(config.configFile) : undefined;
  const door = await Door.open(config, logger, signal);
  onListening?.(door.url);
  let app: NestExpressApplication | undefined;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeApp(door, app, logger));
  try {
    const options = typeof database === 'function' ? await database() : database;
    signal.throwIfAborted();
    app = await createApp(AppModule.forRoot(config, options), config, logger, door.server);
    const readiness = app.get(ReadinessChecks);
    readiness.starting('starting');
    app.use(whileStarting(readiness));
    await app.init();
    door.leadTo(app.getHttpAdapter().getInstance());

    const onStep = (what: string): void => readiness.starting(what);
    const preparation = { config, database: options, rules, logger, onStep, signal };
    await untilThere({ directUrl: options.directUrl, logger, onStep, signal }, async () => {
      await prepareDatabase(preparation);
      onStep('reading the journal');
      await app?.get(Tail).start();
    });
    signal.throwIfAborted();
    registerReadiness(app);
    app.get(Listener).start();
    app.get(Relay).start();
    app.get(Expiry).start();
    app.get(Purge).start();
    readiness.started();
    return { app, url: door.url, close };
  } catch (error) {
    await close();
    // Whatever fails because of the abort is of no interest beside it.
    signal.throwIfAborted();
    throw error;
  }
}

/** Tries until the database is there; what is wrong for good is thrown. Says what it waits for, and for how long. */
async function untilThere(
  { directUrl, logger, onStep, signal }: { directUrl: string; logger: LoggerService; onStep: (what: string) => void; signal: AbortSignal },
  work: () => Promise<void>,
): Promise<void> {
  const since = performance.now();
  let saidAt = -Infinity;
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      await work();
      return;
    } catch (error) {
      if (signal.aborted || !(error instanceof DatabaseAwayError || isDatabaseUnavailable(error))) throw error;
      const what = `waiting for the database at ${place(directUrl)}: ${(error as Error).message}`;
      onStep(what);
      const now = performance.now();
      if (now - saidAt > SAY_EVERY_MS) {
        logger.warn(`${what}, for ${Math.round((now - since) / 1_000)} s`);
        saidAt = now;
      }
      await sleep(backoffMs(attempt), undefined, { signal });
    }
  }
}

/** The connection string without user and password. */
function place(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

function registerReadiness(app: NestExpressApplication): void {
  const checks = app.get(ReadinessChecks);
  const { direct } = app.get(Connections);
  const tail = app.get(Tail);
  const relay = app.get(Relay);
  const schema = app.get(SchemaWatch);
  checks.register('database', async () => {
    await direct.query('select 1');
    return undefined;
  });
  checks.register('journal', () => tail.trouble);
  checks.register('relay', () => relay.trouble);
  checks.register('schema', () => schema.trouble);
}
