import 'reflect-metadata';
import { once } from 'node:events';
import { ConfigError, readConfig, type Config } from './config/config.js';
import { AddressError } from './database/addresses.js';
import { MigrationError } from './database/migrations.js';
import { PoolerError } from './database/pooler.js';
import { ServerVersionError } from './database/server.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/embedded-postgres.js';
import { EmbeddedPostgresError } from './embedded/failures.js';
import { createLogger } from './ops/logger.js';
import { RulesError } from './rules/rules-error.js';
import { type RunningApp, startApp } from './start-app.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Serves until `stop` is aborted, and returns when everything has ended, the embedded database last. */
export async function serve(stop: AbortSignal): Promise<void> {
  const config = readConfig();
  const logger = createLogger(config);
  let embedded: EmbeddedPostgres | undefined;
  const database = async (): Promise<{ url: string; directUrl: string }> => {
    if (config.databaseUrl === undefined) embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log: say });
    const url = config.databaseUrl ?? embedded?.url ?? '';
    return { url, directUrl: config.listenUrl ?? url };
  };
  try {
    const running = await startApp(config, database, logger, { signal: stop });
    announce(config, running, embedded);
    if (!stop.aborted) await once(stop, 'abort');
    await running.close();
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    await embedded?.stop();
  }
}

function announce(config: Config, { url }: RunningApp, embedded: EmbeddedPostgres | undefined): void {
  say('');
  say('Belfry is ready.');
  say(`  ${config.sample ? 'page     ' : 'address  '} ${url}`);
  say(`  api       ${url}/docs`);
  if (embedded) say(`  database  psql '${embedded.url}'`);
  say('');
}

/** Errors that say in words what is in the way and what to do. */
const TOLD = [AddressError, ConfigError, EmbeddedPostgresError, MigrationError, PoolerError, RulesError, ServerVersionError];

/** What whoever starts Belfry can mend is told in words; anything else with where it came from. */
export function toldAs(error: unknown): unknown {
  const isTold = TOLD.some((kind) => error instanceof kind);
  return isTold || isPlain(error) ? (error as Error).message : error;
}

/** The server's own refusals (a wrong password, a database that is not there) and ours to listen. */
function isPlain(error: unknown): boolean {
  return error instanceof Error && ('code' in error || error.cause !== undefined);
}
