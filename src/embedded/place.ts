import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, chmodSync, realpathSync, statSync } from 'node:fs';
import { chmod, cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Account } from './account.js';
import { type Binaries, program } from './binaries.js';
import { EmbeddedPostgresError } from './failures.js';
import { run } from './run.js';

/** Parts of the file modes: who may read a file, and who may pass through a folder. */
const READ = 4;
const PASS = 1;

/**
 * True when the account can pass through every folder on the way to `path` and has `right` on its end, by the
 * plain file modes. The account has no supplementary groups: it is spawned without.
 */
export function canReach(path: string, right: number, account: Account | undefined): boolean {
  if (!account) {
    try {
      accessSync(path, right === READ ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  }
  const parent = dirname(path);
  if (parent !== path && !canReach(parent, PASS, account)) return false;
  const { mode, uid, gid } = statSync(path);
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
  return ((mode >> shift) & right) === right;
}

/** initdb and pg_ctl build shell commands out of paths; these characters come through unharmed. */
export function isShellSafe(path: string): boolean {
  return process.platform === 'win32' || /^[\p{L}\p{N} _.,:@%+=~/-]*$/u.test(path);
}

/** The folder to create the cluster in: `dataDir`, or one elsewhere when PostgreSQL could not work there. */
export function chooseFolder(dataDir: string, account: Account | undefined): { folder: string; reason?: string } {
  if (!isShellSafe(dataDir)) {
    return { folder: elsewhere(dataDir, account), reason: 'PostgreSQL cannot work below a path with such characters' };
  }
  if (!canReach(dataDir, PASS, account)) {
    return { folder: elsewhere(dataDir, account), reason: `the user ${account?.name ?? ''} cannot enter it` };
  }
  return { folder: dataDir };
}

/** Not a name that can be foretold: below a shared temporary folder somebody else could have put it there first. */
function elsewhere(dataDir: string, account: Account | undefined): string {
  const prefix = basename(dataDir).replaceAll(/[^A-Za-z0-9]/g, '') || 'data';
  for (const parent of ['/var/lib/belfry', tmpdir()]) {
    try {
      if (mkdirSync(parent, { recursive: true }) !== undefined) chmodSync(parent, 0o755);
      const folder = mkdtempSync(join(realpathSync(parent), `${prefix}-`));
      chmodSync(folder, 0o755);
      if (canReach(folder, PASS, account) && isShellSafe(folder)) return folder;
    } catch {
      // Not writable: the next one.
    }
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL cannot keep its data in ${dataDir}, nor below /var/lib/belfry or ${tmpdir()}; ` +
      'set BELFRY_DATA_DIR to a folder that other users can enter, or start Belfry as an ordinary user',
  );
}

/** The programs as the account can run them: where npm put them, or a copy beside the cluster. */
export async function usableBinaries(
  binaries: Binaries,
  beside: string,
  account: Account | undefined,
  log: (line: string) => void,
): Promise<Binaries> {
  if (await worksFor(binaries, account)) return binaries;
  const home = join(beside, `binaries-${binaries.version}`);
  const copy = { ...binaries, home };
  if (existsSync(home) && (await worksFor(copy, account))) return copy;
  log(`copying PostgreSQL's programs to ${home}: ${account?.name ?? 'this user'} cannot run them in node_modules`);
  const half = await mkdtemp(join(beside, 'copying-'));
  await cp(binaries.home, half, { recursive: true, verbatimSymlinks: true });
  await openUp(half);
  await rm(home, { recursive: true, force: true });
  await rename(half, home);
  if (!(await worksFor(copy, account))) {
    throw new EmbeddedPostgresError(
      `PostgreSQL cannot be run as ${account?.name ?? 'this user'}, neither from ${binaries.home} nor from ${home}. ` +
        'Put BELFRY_DATA_DIR on a file system that allows programs (not mounted noexec), or set DATABASE_URL.',
    );
  }
  return copy;
}

async function worksFor(binaries: Binaries, account: Account | undefined): Promise<boolean> {
  if (!isShellSafe(binaries.home)) return false;
  const template = join(binaries.home, 'share', 'postgresql', 'postgres.bki');
  if (existsSync(template) && !canReach(template, READ, account)) return false;
  try {
    return (await run(program(binaries, 'postgres'), ['--version'], account)).code === 0;
  } catch {
    return false;
  }
}

/** Makes a tree readable for all, whatever umask npm ran under. */
async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openUp(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}
