import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import type { HistoryDiagnostic, MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';

const require = createRequire(import.meta.url);
const NO_FILTER = { externalTables: [], externalEnums: [] };

/**
 * A user's Prisma project: its schema file and its migrations, and what Prisma's own commands make of them. They are run by the engine
 * that those commands download, out of an npm package, so that no test needs the network.
 */
export class PrismaProject {
  private constructor(
    private readonly engine: SchemaEngine,
    private readonly pool: pg.Pool,
    private readonly migrationsList: MigrationList,
  ) {}

  /** @param folder holds `schema.prisma` and `migrations/` */
  static async open(folder: string, databaseUrl: string): Promise<PrismaProject> {
    const path = join(folder, 'schema.prisma');
    const content = await readFile(path, 'utf8');
    // As `?schema=` in a connection string does.
    const schemaName = /schemas\s*=\s*\["(\w+)"\]/.exec(content)?.[1] ?? 'public';
    // One session that soon ends, as a command's does: Prisma's lock on migrations goes with it.
    const pool = new pg.Pool({ connectionString: databaseUrl, options: `-c search_path=${schemaName}`, max: 1, idleTimeoutMillis: 50 });
    const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool, { schema: schemaName }));
    const bindings = await (loaded ??= load());
    const engine = await bindings.SchemaEngine.new({ datamodels: [[path, content]] }, () => undefined, adapter);
    return new PrismaProject(engine, pool, await migrationsOf(join(folder, 'migrations')));
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  /** `prisma migrate deploy`. @returns the names of those that it applied */
  async deploy(): Promise<string[]> {
    const { appliedMigrationNames } = await this.engine.applyMigrations({ migrationsList: this.migrationsList, filters: NO_FILTER });
    return appliedMigrationNames;
  }

  /** `prisma migrate resolve --applied`, of each. */
  async resolveAll(): Promise<void> {
    for (const { path } of this.migrationsList.migrationDirectories) {
      await this.engine.markMigrationApplied({ migrationName: path, migrationsList: this.migrationsList });
    }
  }

  /** `prisma migrate status`. Null: the database is up to date. */
  async status(): Promise<{ history: HistoryDiagnostic | null; edited: string[]; failed: string[] }> {
    const { history, editedMigrationNames, failedMigrationNames } = await this.engine.diagnoseMigrationHistory({
      migrationsList: this.migrationsList, optInToShadowDatabase: false, filters: NO_FILTER,
    });
    return { history, edited: editedMigrationNames, failed: failedMigrationNames };
  }
}

/** Where the engine says what went wrong, before it stops for good. */
Object.assign(globalThis, {
  PRISMA_WASM_PANIC_REGISTRY: {
    set_message: (message: string) => {
      throw new Error(`Prisma's engine failed: ${message}`);
    },
  },
});

/** Once: another one takes the first one's memory away. */
let loaded: Promise<Bindings> | undefined;

type Bindings = typeof import('@prisma/schema-engine-wasm');
/** Node's own; the tests' types have no browser's library, which is where TypeScript keeps it. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start: () => void } } }>;
};

// The engine's ten seconds of patience for its lock are a timer that it never clears: they must not keep the tests from ending.
const withPatience = globalThis.setTimeout;
globalThis.setTimeout = ((...args: Parameters<typeof withPatience>) => withPatience(...args).unref()) as typeof withPatience;

async function load(): Promise<Bindings> {
  const bindings = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as unknown as Bindings & { __wbg_set_wasm(exports: object): void };
  const file = require.resolve('@prisma/schema-engine-wasm').replace(/\.js$/, '_bg.wasm');
  const { instance } = await WebAssembly.instantiate(await readFile(file), { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings;
}

async function migrationsOf(folder: string): Promise<MigrationList> {
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: await readFile(join(folder, 'migration_lock.toml'), 'utf8').catch(() => null) },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(names.map(async (name) => ({
      path: name,
      migrationFile: { path: join(folder, name, 'migration.sql'), content: { tag: 'ok' as const, value: await readFile(join(folder, name, 'migration.sql'), 'utf8') } },
    }))),
  };
}
