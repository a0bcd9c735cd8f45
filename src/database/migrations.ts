import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { inTransaction } from './transaction.js';

/** What Prisma's own migrate command locks, so that it and this runner exclude each other. */
const PRISMA_ADVISORY_LOCK = 72707369;

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
 * @param client    a connected client; a session lock is held on it meanwhile
 * @param directory holds `<timestamp>_<name>/migration.sql`
 * @param schema    where `_prisma_migrations` lives; created when missing
 * @returns the names of the migrations applied now
 * @throws MigrationError when an applied migration was edited, or the database is ahead of this version
 */
export async function migrate(client: pg.ClientBase, directory: string, schema: string): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const table = `"${schema.replaceAll('"', '""')}"._prisma_migrations`;
  await client.query('select pg_advisory_lock($1)', [PRISMA_ADVISORY_LOCK]);
  try {
    await prepareRecord(client, schema, table);
    const applied = await readApplied(client, table);
    checkHistory(migrations, applied, schema);
    const missing = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of missing) await apply(client, table, migration);
    return missing.map(({ name }) => name);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [PRISMA_ADVISORY_LOCK]);
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

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
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

async function apply(client: pg.ClientBase, table: string, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await inTransaction(client, async () => {
      await client.query(sql);
      await client.query(
        `insert into ${table} (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
         values ($1, $2, $3, now(), clock_timestamp(), 1)`,
        [randomUUID(), checksum, name],
      );
    });
  } catch (error) {
    throw new MigrationError(`migration ${name} failed and was rolled back: ${(error as Error).message}`, { cause: error });
  }
}
