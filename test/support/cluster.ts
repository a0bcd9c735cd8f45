import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../src/database/migrations.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.js';
import { formatIdentity, identify, isSameProcess, parseIdentity } from '../../src/embedded/process-identity.js';

/** Another PostgreSQL to test with: the folder of its programs. Default: the embedded one. */
const PROGRAMS = process.env.BELFRY_TEST_PG_BIN;
const OTHER = PROGRAMS ? { binaries: { home: dirname(PROGRAMS), version: 'given' } } : {};

const PREFIX = 'belfry-test-';
const OWNER_FILE = 'owner';
/** Speed before safety: this data is thrown away. `BELFRY_TEST_FSYNC=1` tests with what users have. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** The databases that a test's own are copied from: Belfry's tables alone, or with the sample shop's beside them. */
export const TEMPLATES = { belfry: 'template_belfry', shop: 'template_shop' } as const;

export interface TestCluster {
  url: string;
  remove(): Promise<void>;
}

/** Starts a PostgreSQL for one run of the tests, with the templates in it; `root` is the checkout. */
export async function startTestCluster(root: string): Promise<TestCluster> {
  await sweep();
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  // PostgreSQL may run as another user, which must get through.
  await chmod(folder, 0o755);
  await writeFile(join(folder, OWNER_FILE), formatIdentity(identify(process.pid)));
  const server = await startEmbeddedPostgres({
    dataDir: folder,
    log: () => undefined,
    ...OTHER,
    settings: process.env.BELFRY_TEST_FSYNC ? {} : FAST,
  });
  const remove = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await makeTemplates(server, root);
  } catch (error) {
    await remove();
    throw error;
  }
  return { url: server.url, remove };
}

async function makeTemplates({ url }: EmbeddedPostgres, root: string): Promise<void> {
  await withClient(url, async (client) => {
    for (const name of Object.values(TEMPLATES)) await client.query(`create database ${name}`);
  });
  for (const [kind, name] of Object.entries(TEMPLATES)) {
    await withClient(databaseUrl(url, name), async (client) => {
      if (kind === 'shop') await migrate(client, join(root, 'prisma/sample/migrations'), 'public');
      await migrate(client, join(root, 'prisma/migrations'), 'belfry');
    });
  }
}

/** The same server's connection string for another database. */
export function databaseUrl(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A run that was killed leaves its PostgreSQL running: the next run takes it over to stop and remove it. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const text = await readFile(join(folder, OWNER_FILE), 'utf8').catch(() => '');
    const owner = parseIdentity(text);
    if (!owner || isSameProcess(owner)) continue;
    try {
      const left = await startEmbeddedPostgres({ dataDir: folder, log: () => undefined, ...OTHER });
      await left.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    } catch {
      // Another user's, or half made: not worth failing the tests for.
    }
  }
}
