import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LoggerService } from '@nestjs/common';
import pg from 'pg';
import type { Config } from './config/config.js';
import { backoffMs } from './database/backoff.js';
import { migrate } from './database/migrations.js';
import { checkServerVersion, isRefusal } from './database/server.js';
import { applyRules } from './rules/apply.js';
import { readRulesFile } from './rules/rules-file.js';
import { seedShop } from './sample/seed.js';

const MIGRATIONS = fileURLToPath(new URL('../prisma/migrations', import.meta.url));
const SHOP_MIGRATIONS = fileURLToPath(new URL('../prisma/sample/migrations', import.meta.url));
/** How often it is said that the database is waited for, in milliseconds. */
const SAY_EVERY_MS = 10_000;

/**
 * Brings a database to where the stations can start: waits for it, checks its version, migrates, and applies the rules.
 * In the sample, the shop is set up first, as any business's tables are there before Belfry comes.
 *
 * @throws what stands in the way, with what to do: RulesError, MigrationError, ServerVersionError, or the server's own
 */
export async function prepareDatabase(config: Config, directUrl: string, logger: LoggerService): Promise<void> {
  // Before anything is touched: a file with a mistake changes nothing.
  const rules = await readRulesFile(config.configFile);
  const client = await connect(directUrl, logger);
  try {
    const warning = await checkServerVersion(client);
    if (warning !== undefined) logger.warn(warning);
    if (config.sample) {
      await migrate(client, SHOP_MIGRATIONS, 'public');
      await seedShop({ databaseUrl: directUrl });
    }
    const migrated = await migrate(client, MIGRATIONS, 'belfry');
    if (migrated.length > 0) logger.log(`migrated schema belfry: ${migrated.join(', ')}`);
    await applyRules(client, rules, { log: (line) => void logger.log(line) });
  } finally {
    await client.end();
  }
}

/** A database that is not up yet is waited for; one that refuses us is not. */
async function connect(url: string, logger: LoggerService): Promise<pg.Client> {
  let saidAt = -Infinity;
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ connectionString: url, application_name: 'belfry start', connectionTimeoutMillis: 5_000 });
    client.on('error', (error) => void logger.warn(`the connection was lost: ${error.message}`));
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (isRefusal(error)) throw error;
      if (performance.now() - saidAt > SAY_EVERY_MS) {
        logger.warn(`waiting for the database at ${place(url)}: ${(error as Error).message || (error as { code?: string }).code}`);
        saidAt = performance.now();
      }
      await sleep(backoffMs(attempt));
    }
  }
}

/** The connection string without user and password. */
function place(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
