import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { holdersIn, holdersOfAdvisoryLock } from './lock-holders.js';
import { sqlState } from './server.js';
import { inTransaction } from './transaction.js';

/** Those of schema `belfry`, seen from `src/database` and `dist/database` alike. */
export const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/** What Prisma's own migrate command locks, so that it and this runner exclude each other. */
const PRISMA_ADVISORY_LOCK = 72707369;

/** Tries for another process that migrates to have ended, in milliseconds apart. */
const TURN_MS = 200;
/** How often it is said what is waited for, in milliseconds. */
const SAY_EVERY_MS = 10_000;
/** Longest wait for a table, in milliseconds: whoever writes to it meanwhile queues up behind us. */
const LOCK_TIMEOUT_MS = 2_000;
/** Pause before each new try, in milliseconds, for those who queued up to pass. */
const PAUSE_MS = 4_000;
/** Lock timeout and deadlock. */
const RETRIED = new Set(['55P03', '40P01']);

export interface MigrateOptions {
  /** Told what is waited for. */
  log?: (line: string) => void;
  /** Default 4,000 ms between two tries for a table. */
  pauseMs?: number;
  /** How often to try again for a table. Default without limit. */
  retries?: number;
  /** Ends the waits. */
  signal?: AbortSignal;
}

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

export class MigrationError extends Error {}

/**
 * Applies what is missing of a folder of migrations, each in one transaction, and records it as `prisma migrate deploy`
 * does, so that either may be used. Prisma's own command downloads an engine at run time, which an air-gapped machine can't.
 *
 * Several processes may start at once: one migrates, the others wait for it. One that dies in the middle leaves nothing
 * behind, as its transaction is rolled back and its lock released with its session.
 *
 * @param client    a connected client; a session lock is held on it meanwhile
 * @param directory holds `<timestamp>_<name>/migration.sql`
 * @param schema    where `_prisma_migrations` lives; created when missing
 * @returns the names of the migrations applied now
 * @throws MigrationError when an applied migration was edited, or the database is ahead of this version
 */
export async function migrate(client: pg.ClientBase, directory: string, schema: string, options: MigrateOptions = {}): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const table = `"${schema.replaceAll('"', '""')}"._prisma_migrations`;
  await takeTurn(client, options);
  try {
    await prepareRecord(client, schema, table);
    const applied = await readApplied(client, table);
    checkHistory(migrations, applied, schema);
    const missing = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of missing) await applyPatiently(client, schema, table, migration, options);
    return missing.map(({ name }) => name);
  } finally {
    // With the session goes its lock: where that is gone, what happened before is the thing to tell.
    await client.query('select pg_advisory_unlock($1)', [PRISMA_ADVISORY_LOCK]).catch(() => undefined);
  }
}

/**
 * The migrations that are not applied yet, in their order. Changes nothing, and needs no right but to read.
 * @throws MigrationError when one was edited, or the database is ahead of this version
 */
export async function pendingMigrations(client: pg.ClientBase, directory: string, schema: string): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const table = `"${schema.replaceAll('"', '""')}"._prisma_migrations`;
  const { rows } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [table]);
  const applied = rows[0]?.found ? await readApplied(client, table) : new Map<string, string>();
  checkHistory(migrations, applied, schema);
  return migrations.filter(({ name }) => !applied.has(name)).map(({ name }) => name);
}

/** @throws MigrationError when something is missing, was edited, or the database is ahead of this version */
export async function checkMigrated(client: pg.ClientBase, directory: string, schema: string): Promise<void> {
  const missing = await pendingMigrations(client, directory, schema);
  if (missing.length === 0) return;
  throw new MigrationError(
    `schema "${schema}" lacks ${missing.join(', ')}, and BELFRY_APPLY=off says not to apply anything: ` +
      'start once without it, as the role that owns the schema.',
  );
}

/** By trying, not by waiting: a waiting statement holds a snapshot, and says nothing of what it waits for. */
async function takeTurn(client: pg.ClientBase, { log, signal }: MigrateOptions): Promise<void> {
  let saidAt = -Infinity;
  for (;;) {
    const { rows } = await client.query<{ ours: boolean }>('select pg_try_advisory_lock($1) as ours', [PRISMA_ADVISORY_LOCK]);
    if (rows[0]?.ours) return;
    if (performance.now() - saidAt > SAY_EVERY_MS) {
      log?.(`waiting for another process that migrates: ${await holdersOfAdvisoryLock(client, BigInt(PRISMA_ADVISORY_LOCK))}`);
      saidAt = performance.now();
    }
    await sleep(TURN_MS, undefined, { signal });
  }
}

/** The names of a folder's migrations, in order. */
export async function migrationNames(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = await migrationNames(directory);
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function prepareRecord(client: pg.ClientBase, schema: string, table: string): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [table]);
  if (rows[0]?.found) return;
  const { rows: schemas } = await client.query('select from pg_namespace where nspname = $1', [schema]);
  // `if not exists` alone would ask for the right to create schemas even where the schema is there.
  if (schemas.length === 0) await client.query(`create schema "${schema.replaceAll('"', '""')}"`);
  await client.query(`
    create table if not exists ${table} (
      id                  varchar(36)  primary key,
      checksum            varchar(64)  not null,
      finished_at         timestamptz,
      migration_name      varchar(255) not null,
      logs                text,
      rolled_back_at      timestamptz,
      started_at          timestamptz  not null default now(),
      applied_steps_count integer      not null default 0
    )`);
}

/** Name to checksum of every finished migration. */
async function readApplied(client: pg.ClientBase, table: string): Promise<Map<string, string>> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    `select migration_name, checksum from ${table} where finished_at is not null and rolled_back_at is null`,
  );
  return new Map(rows.map((row) => [row.migration_name, row.checksum]));
}

function checkHistory(migrations: Migration[], applied: Map<string, string>, schema: string): void {
  const known = new Set(migrations.map(({ name }) => name));
  const foreign = [...applied.keys()].filter((name) => !known.has(name));
  if (foreign.length > 0) {
    throw new MigrationError(
      `schema "${schema}" has migrations that this version does not know (${foreign.join(', ')}): ` +
        'a newer version has been here. Start that version or a later one.',
    );
  }
  for (const { name, checksum } of migrations) {
    const recorded = applied.get(name);
    if (recorded === undefined || recorded === checksum) continue;
    throw new MigrationError(
      `migration ${name} was edited after it was applied to schema "${schema}" ` +
        `(recorded ${recorded.slice(0, 12)}…, file ${checksum.slice(0, 12)}…). Restore the file, and put the change in a new migration.`,
    );
  }
}

async function applyPatiently(
  client: pg.ClientBase,
  schema: string,
  table: string,
  migration: Migration,
  { log, pauseMs = PAUSE_MS, retries = Infinity, signal }: MigrateOptions,
): Promise<void> {
  for (let tried = 0; ; tried++) {
    try {
      await apply(client, schema, table, migration);
      return;
    } catch (error) {
      const failed = `migration ${migration.name} failed and was rolled back: ${(error as Error).message}`;
      if (!RETRIED.has(sqlState(error) ?? '')) throw new MigrationError(failed, { cause: error });
      const holders = await holdersIn(client, schema);
      if (tried >= retries) throw new MigrationError(`${failed}. Locks are held by ${holders}.`, { cause: error });
      log?.(`migration ${migration.name} waits for a lock held by ${holders}; trying again in ${pauseMs / 1_000} s`);
      await sleep(pauseMs, undefined, { signal });
    }
  }
}

async function apply(client: pg.ClientBase, schema: string, table: string, { name, sql, checksum }: Migration): Promise<void> {
  await inTransaction(client, async () => {
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await holdOffRelays(client, schema);
    await client.query(sql);
    await client.query(
      `insert into ${table} (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       values ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
  });
}

/**
 * A relay of an older version looks under this lock which migrations are applied: so it writes either before this one, or
 * not at all. First of all locks, so that none is held while a relay is waited for.
 */
async function holdOffRelays(client: pg.ClientBase, schema: string): Promise<void> {
  const state = `"${schema.replaceAll('"', '""')}".relay_state`;
  const { rows } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [state]);
  if (rows[0]?.found) await client.query(`select from ${state} for update`);
}
