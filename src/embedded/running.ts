import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ACCESS_FILE, type Access } from './cluster.js';
import { connectionString } from './connection.js';
import { EmbeddedPostgresError } from './failures.js';
import { findPostmaster } from './postmaster-pid.js';

/**
 * Connection string of the embedded server that runs on this data folder; undefined when none does. Starts nothing, and
 * does not keep it running.
 */
export async function findRunning(dataDir: string): Promise<string | undefined> {
  const path = await realpath(join(dataDir, 'postgres')).catch(() => undefined);
  if (path === undefined) return undefined;
  try {
    const found = await findPostmaster(path);
    if (found.state !== 'live' || found.file.status !== 'ready') return undefined;
    const { password } = JSON.parse(await readFile(join(path, ACCESS_FILE), 'utf8')) as Access;
    return connectionString(found.file.port, password);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    throw new EmbeddedPostgresError(
      `the embedded database in ${path} belongs to another user: call belfry as that one, or set DATABASE_URL.`,
      { cause: error },
    );
  }
}
