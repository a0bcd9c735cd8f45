import 'reflect-metadata';
import { ConfigError, readConfig, type Config } from './config/config.js';
import { MigrationError } from './database/migrations.js';
import { ServerVersionError } from './database/server.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/embedded-postgres.js';
import { EmbeddedPostgresError } from './embedded/failures.js';
import { createLogger } from './ops/logger.js';
import { RulesError } from './rules/rules-error.js';
import { type RunningApp, startApp } from './start-app.js';

/** Whatever still hangs after this long is cut, in milliseconds. */
const SHUTDOWN_MS = 4_500;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
// Whoever read our output may have gone (`npm start | head`): no reason to go as well.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

async function main(): Promise<void> {
  const config = readConfig();
  const logger = createLogger(config);
  const closing: (() => Promise<void>)[] = [];
  stopOnSignal(closing);

  const embedded = config.databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir: config.dataDir, log: say }) : undefined;
  if (embedded) closing.push(() => embedded.stop());
  const url = config.databaseUrl ?? embedded?.url ?? '';
  const app = await startApp(config, { url, directUrl: config.listenUrl ?? url }, logger).catch(async (error: unknown) => {
    await embedded?.stop();
    throw error;
  });
  closing.unshift(() => app.close());
  announce(config, app, embedded);
}

function announce(config: Config, { url }: RunningApp, embedded: EmbeddedPostgres | undefined): void {
  say('');
  say('Belfry is ready.');
  say(`  ${config.sample ? 'page     ' : 'address  '} ${url}`);
  say(`  api       ${url}/docs`);
  if (embedded) say(`  database  psql '${embedded.url}'`);
  say('');
}

/** Ends cleanly, in order, within five seconds; a second signal ends at once. */
function stopOnSignal(closing: (() => Promise<void>)[]): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(0), SHUTDOWN_MS).unref();
    void (async () => {
      for (const close of closing) await close().catch((error: unknown) => console.error(error));
      process.exit(0);
    })();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  // What whoever starts Belfry can mend is told in words; anything else with where it came from.
  const isTold = [ConfigError, EmbeddedPostgresError, RulesError, MigrationError, ServerVersionError].some((kind) => error instanceof kind);
  console.error(isTold || isPlain(error) ? (error as Error).message : error);
  process.exit(1);
});

/** The server's own refusals (a wrong password, a database that is not there) and ours to listen. */
function isPlain(error: unknown): boolean {
  return error instanceof Error && ('code' in error || error.cause !== undefined);
}
