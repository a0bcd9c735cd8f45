import { fileURLToPath } from 'node:url';
import type { LoggerService } from '@nestjs/common';
import pg from 'pg';
import type { Config } from './config/config.js';
import { checkAddresses } from './database/addresses.js';
import type { DatabaseOptions } from './database/connections.js';
import { checkMigrated, migrate, MIGRATIONS } from './database/migrations.js';
import { checkServerVersion, isRefusal, isSuperuser } from './database/server.js';
import { Sessions } from './database/sessions.js';
import { applyRules, summaryOf } from './rules/apply.js';
import { areInForce } from './rules/in-force.js';
import { RulesError } from './rules/rules-error.js';
import type { PlacedRule } from './rules/rules-file.js';
import { seedShop } from './sample/seed.js';

const SHOP_MIGRATIONS = fileURLToPath(new URL('../prisma/sample/migrations', import.meta.url));

/** The database is not there yet, or just went away: worth another try. */
export class DatabaseAwayError extends Error {}

export interface Preparation {
  config: Config;
  database: DatabaseOptions;
  /** Undefined: neither migrate nor apply. */
  rules: readonly PlacedRule[] | undefined;
  logger: LoggerService;
  /** Told each step as it begins. */
  onStep: (what: string) => void;
  /** Gives up when aborted; what was begun is rolled back. */
  signal: AbortSignal;
}

/**
 * Brings a database to where the stations can start: checks its version and what stands between, migrates, and applies the
 * rules. Told not to apply, it finds out whether another process has. In the sample, the shop is set up first, as any
 * business's tables are there before Belfry comes. Rules that are in force already go on when their tables no longer fit them.
 *
 * @throws DatabaseAwayError when no connection is to be had; RulesError, PoolerError, AddressError, MigrationError,
 *         ServerVersionError, or the server's own refusal, with what to do
 */
export async function prepareDatabase({ config, database, rules, logger, onStep, signal }: Preparation): Promise<void> {
  const sessions = new Sessions();
  const open = async (url: string): Promise<pg.Client> => {
    const client = sessions.follow(new pg.Client({ connectionString: url, application_name: 'belfry start', connectionTimeoutMillis: 5_000 }));
    client.on('error', (error) => void logger.warn(`the connection was lost: ${error.message}`));
    await connect(client);
    return client;
  };
  // Rolled back by the server at once, rather than when a lock that is waited for comes free.
  const onAbort = (): void => void sessions.cancel().finally(() => sessions.cut());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const client = await open(database.directUrl);
    try {
      await prepare(client, open, { config, database, rules, logger, onStep, signal });
    } finally {
      await client.end().catch(() => undefined);
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function prepare(
  client: pg.Client,
  open: (url: string) => Promise<pg.Client>,
  { config, database, rules, logger, onStep, signal }: Preparation,
): Promise<void> {
  onStep('asking the server for its version');
  const warning = await checkServerVersion(client);
  if (warning !== undefined) logger.warn(warning);
  onStep('checking what stands between');
  await checkAddresses(client, database, open);
  // Who holds a lock, and with which statement of the business's, is for the log; health is public, and has the step.
  const log = (line: string): void => void logger.log(line);
  if (config.sample) {
    onStep('setting up the shop');
    await migrate(client, SHOP_MIGRATIONS, 'public', { log, signal });
    await seedShop({ databaseUrl: database.directUrl });
  }
  if (rules === undefined) {
    await checkMigrated(client, MIGRATIONS, 'belfry');
    logger.log('neither migrating nor applying rules, as BELFRY_APPLY is off');
    return;
  }
  if (!config.sample && (await isSuperuser(client))) {
    logger.warn('the rules are applied by a superuser, as which their triggers will run; a role with less will do: docs/operations.md');
  }
  onStep('migrating the database');
  const migrated = await migrate(client, MIGRATIONS, 'belfry', { log, signal });
  if (migrated.length > 0) logger.log(`migrated schema belfry: ${migrated.join(', ')}`);
  onStep('applying the rules');
  try {
    logger.log(summaryOf(await applyRules(client, rules, { log, retries: Infinity, signal })));
  } catch (error) {
    // A column that was dropped months ago must not keep every bell silent after a restart.
    if (!(error instanceof RulesError) || !(await areInForce(client, rules))) throw error;
    logger.error(`the rules in force stay as they are, as their tables were changed: mend the file and apply it. ${error.message}`);
  }
}

async function connect(client: pg.Client): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    if (isRefusal(error)) throw error;
    throw new DatabaseAwayError(reasonOf(error), { cause: error });
  }
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host is not resolved',
  EHOSTUNREACH: 'the host is not reached',
  ETIMEDOUT: 'no answer',
};

/** Without the address, which is told beside it. */
function reasonOf(error: unknown): string {
  const { code = 'unknown', message } = error as { code?: string; message: string };
  if (message === 'timeout expired') return 'no answer';
  // Of several addresses that were tried the error has none of the messages, only the code.
  return REASONS[code] ?? (message === '' ? code : message);
}
