import pg from 'pg';
import { readConfig, type Config } from '../config/config.js';
import { checkServerVersion } from '../database/server.js';
import { Sessions } from '../database/sessions.js';
import { findRunning } from '../embedded/running.js';
import { readRulesFile, type PlacedRule } from '../rules/rules-file.js';
import { resolve } from 'node:path';
import { CommandError } from './exit-code.js';
import type { Output } from './output.js';

const CONNECT_TIMEOUT_MS = 5_000;

/** Options that several commands have. */
export interface SharedOptions {
  json?: boolean;
  /** Instead of BELFRY_CONFIG. */
  config?: string;
}

/** The database that a command works on. */
export interface Target {
  /** Where requests go; a pooler may stand between. */
  url: string;
  /** Straight to PostgreSQL. */
  directUrl: string;
  /** `localhost:5432/shop`: without user and password. */
  place: string;
}

/** What every command has: the environment as the server reads it, and a way to speak. */
export class Context {
  private constructor(
    readonly config: Config,
    readonly output: Output,
    /** Whoever called the command wants it to end. */
    readonly interrupted: AbortSignal,
  ) {}

  /** @throws ConfigError that names every wrong variable */
  static read({ config: file }: SharedOptions, output: Output, interrupted: AbortSignal): Context {
    const config = readConfig(undefined, undefined, { serving: false });
    for (const warning of config.warnings) output.progress(warning);
    return new Context(file === undefined ? config : { ...config, configFile: resolve(file) }, output, interrupted);
  }

  /** The checked rules. @throws RulesError with every mistake */
  rules(): Promise<PlacedRule[]> {
    return readRulesFile(this.config.configFile);
  }

  /** DATABASE_URL, or the embedded database while the sample runs. */
  async target(): Promise<Target> {
    const { databaseUrl, listenUrl, dataDir } = this.config;
    const url = databaseUrl ?? (await findRunning(dataDir));
    if (url === undefined) {
      throw new CommandError(
        `found neither DATABASE_URL nor a running sample in ${dataDir}, expected one of them: ` +
          'set DATABASE_URL=postgresql://user:password@host:5432/database, or start the sample with npm start.',
      );
    }
    return { url, directUrl: listenUrl ?? url, place: placeOf(url) };
  }

  /** Runs `work` on a connection of its own, straight to PostgreSQL. */
  async withClient<T>(work: (client: pg.Client, target: Target) => Promise<T>): Promise<T> {
    const target = await this.target();
    const client = await connect(target);
    const sessions = new Sessions();
    const cancel = (): void => void sessions.cancel([client]);
    this.interrupted.addEventListener('abort', cancel);
    try {
      this.interrupted.throwIfAborted();
      const warning = await checkServerVersion(client);
      if (warning !== undefined) this.output.progress(warning);
      return await work(client, target);
    } finally {
      this.interrupted.removeEventListener('abort', cancel);
      await client.end().catch(() => undefined);
    }
  }
}

/** A connection, or an error that says where there is none and why. A database that is down is not waited for. */
export async function connect({ directUrl, place }: Target): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: directUrl, application_name: 'belfry cli', connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // Told by the query that is under way.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    const { message, code } = error as { message?: string; code?: string };
    const reason = message === undefined || message === '' ? (code ?? 'no reason given') : message;
    throw new CommandError(`no connection to ${place}: ${reason}`, { cause: error });
  }
}

function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
