import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './process-identity.js';

/** What a running PostgreSQL says of itself in `postmaster.pid`. */
export interface PostmasterFile {
  pid: number;
  dataDirectory: string;
  port: number;
  status: string;
}

/** Reads the lines of `postmaster.pid` (PostgreSQL's src/include/utils/pidfile.h); undefined while not whole. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n');
  // A standalone backend (single-user mode) writes its pid negative.
  const pid = Math.abs(Number(lines[0]));
  if (!Number.isSafeInteger(pid) || pid === 0) return undefined;
  return { pid, dataDirectory: lines[1] ?? '', port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() };
}

/** `absent`: no file. `stale`: a file, but its process is gone or another program. `live`: PostgreSQL on this cluster. */
export type Postmaster =
  | { state: 'absent' }
  | { state: 'stale'; file: PostmasterFile | undefined; pidInUse: boolean }
  | { state: 'live'; file: PostmasterFile };

/** Looks at who, if anybody, serves the cluster. `cluster` is a real path. */
export async function findPostmaster(cluster: string): Promise<Postmaster> {
  let text: string;
  try {
    text = await readFile(join(cluster, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { state: 'absent' };
    throw error;
  }
  const file = parsePostmasterFile(text);
  if (!file) return { state: 'stale', file, pidInUse: true };
  if (!isAlive(file.pid)) return { state: 'stale', file, pidInUse: false };
  return (await worksIn(file.pid, cluster)) ? { state: 'live', file } : { state: 'stale', file, pidInUse: true };
}

/**
 * PostgreSQL's working directory is its cluster, which tells it from a program that was given the pid of a dead one.
 * Where there is no /proc, a connection tells (see connection.ts).
 */
async function worksIn(pid: number, cluster: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === cluster;
  } catch {
    return false;
  }
}
