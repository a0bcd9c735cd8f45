import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Account, chooseAccount } from './account.js';
import { type Binaries, findBinaries, program } from './binaries.js';
import { EmbeddedPostgresError, explain } from './failures.js';
import { chooseFolder, usableBinaries } from './place.js';
import { run } from './run.js';

/**
 * The superuser. Not `belfry`: a user's own name comes first on the search path where a schema is called like it, and
 * tables that somebody creates by hand would end up among Belfry's.
 */
export const USER = 'postgres';
export const DATABASE = 'belfry';
/** Where the cluster keeps what is needed to connect. */
export const ACCESS_FILE = 'belfry.json';
const HALF_MADE = 'creating-';

/** What is needed to connect; kept inside the cluster, so that the two come and go together. */
export interface Access {
  password: string;
  port?: number;
}

/** A PostgreSQL cluster on disk with the programs and the user that serve it. */
export interface Cluster {
  /** Real path. */
  path: string;
  /** Where the server writes what it has to say. */
  logFile: string;
  account: Account | undefined;
  binaries: Binaries;
  access: Access;
}

/** Opens the cluster below `dataDir`, creating it the first time. To be called under the lock of `dataDir`. */
export async function openCluster(dataDir: string, log: (line: string) => void, sync: boolean, given?: Binaries): Promise<Cluster> {
  const link = join(dataDir, 'postgres');
  const account = chooseAccount(link);
  const installed = given ?? (await findBinaries());
  if (!existsSync(link)) await create(dataDir, link, { installed, account, log, sync });
  const path = await realpath(link);
  const binaries = await usableBinaries(installed, dirname(path), account, log);
  await checkVersion(path, binaries, account);
  const access = JSON.parse(await readFile(join(path, ACCESS_FILE), 'utf8')) as Access;
  return { path, logFile: `${path}.log`, account, binaries, access };
}

export async function saveAccess(cluster: Pick<Cluster, 'path' | 'account'>, access: Access): Promise<void> {
  await writeOwned(join(cluster.path, ACCESS_FILE), JSON.stringify(access), cluster.account);
}

/** Writes a file that only the account can read, whole or not at all. */
export async function writeOwned(path: string, text: string, account: Account | undefined): Promise<void> {
  const half = `${path}.new`;
  await rm(half, { force: true });
  await writeFile(half, text, { mode: 0o600, flag: 'wx' });
  if (account) await chown(half, account.uid, account.gid);
  await rename(half, path);
}

interface Making {
  installed: Binaries;
  account: Account | undefined;
  log: (line: string) => void;
  sync: boolean;
}

/** Makes the cluster under another name and renames it when it is whole: one that was killed halfway is made anew. */
async function create(dataDir: string, link: string, { installed, account, log, sync }: Making): Promise<void> {
  // A link to nowhere: somebody has removed the folder it led to.
  await rm(link, { force: true });
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(HALF_MADE)) await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 5 });
  }
  const { folder, reason } = chooseFolder(dataDir, account);
  log(`creating a PostgreSQL database in ${folder}${reason === undefined ? '' : ` and not in ${dataDir}: ${reason}`}`);
  const binaries = await usableBinaries(installed, folder, account, log);
  const half = await mkdtemp(join(folder, HALF_MADE));
  if (account) await chown(half, account.uid, account.gid);
  const passwordFile = join(half, 'password');
  const path = join(half, 'cluster');
  const access: Access = { password: randomBytes(18).toString('hex') };
  await writeOwned(passwordFile, access.password, account);
  const { code, output } = await run(
    program(binaries, 'initdb'),
    [
      `--pgdata=${path}`, `--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256',
      '--encoding=UTF8', ...locale(await majorOf(binaries, account)), '--no-instructions',
      ...(sync ? [] : ['--no-sync']),
    ],
    account,
  );
  if (code !== 0) {
    await rm(half, { recursive: true, force: true, maxRetries: 5 });
    throw explain(`initdb could not create a database in ${folder}`, output);
  }
  await saveAccess({ path, account }, access);
  await rename(path, join(folder, 'postgres'));
  if (folder !== dataDir) await symlink(join(folder, 'postgres'), link);
  await rm(half, { recursive: true, force: true });
}

/** The built-in locale, of 17 on: sorts and folds case alike on every machine, whatever locales it has installed. */
function locale(major: string): string[] {
  return Number(major) < 17 ? ['--locale=C.UTF-8'] : ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
}

async function majorOf(binaries: Binaries, account: Account | undefined): Promise<string> {
  const { output } = await run(program(binaries, 'postgres'), ['--version'], account);
  return /PostgreSQL\) (\d+)/.exec(output)?.[1] ?? '';
}

async function checkVersion(path: string, binaries: Binaries, account: Account | undefined): Promise<void> {
  const found = (await readFile(join(path, 'PG_VERSION'), 'utf8')).trim();
  const own = await majorOf(binaries, account);
  if (found === own) return;
  throw new EmbeddedPostgresError(
    `${path} was written by PostgreSQL ${found}, and this Belfry brings PostgreSQL ${own}, which cannot read it. ` +
      `Export it with PostgreSQL ${found}'s pg_dump and set DATABASE_URL to where you import it, ` +
      'or move the folder away to begin with an empty database.',
  );
}

/** Creates the data folder; open for passing through, since PostgreSQL may run as another user. */
export async function prepareFolder(dataDir: string): Promise<string> {
  if ((await mkdir(dataDir, { recursive: true })) !== undefined) await chmod(dataDir, 0o755);
  return realpath(dataDir);
}
