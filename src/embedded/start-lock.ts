import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError } from './failures.js';
import { formatIdentity, identify, isSameProcess, parseIdentity } from './process-identity.js';

/** Milliseconds between two looks at a lock that another process holds. */
const LOOK_EVERY = 50;
/** Milliseconds that a holder has between creating its ticket and writing its name into it. */
const NAMING_TIME = 5_000;

export interface LockOptions {
  /** Milliseconds to wait for the holder before giving up. */
  timeout: number;
  /** Told once, when the lock turns out to be held by somebody else. */
  onWait?: (pid: number) => void;
}

/**
 * Runs `work` while no other process does so with the same directory, and survives holders that were killed.
 *
 * The lock is a row of numbered tickets, and the highest one says who holds it. Whoever finds its holder gone, or the
 * ticket handed back, creates the next number; only one can. The highest ticket is never removed, so a process that
 * looked a moment too early either fails to create its number or finds a higher one beside it. (Deleting the stale
 * file of a dead holder, the usual way, can delete the fresh one of the process that was faster.)
 */
export async function withLock<T>(directory: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true });
  const ticket = await acquire(directory, options);
  try {
    return await work();
  } finally {
    await writeFile(join(directory, String(ticket)), 'free\n');
  }
}

async function acquire(directory: string, { timeout, onWait }: LockOptions): Promise<number> {
  const deadline = performance.now() + timeout;
  let told = false;
  for (;;) {
    const highest = Math.max(0, ...(await tickets(directory)));
    const holder = highest === 0 ? 'nobody' : await holderOf(join(directory, String(highest)));
    if (holder === 'nobody') {
      if (await take(directory, highest + 1)) return highest + 1;
      continue;
    }
    if (!told && holder !== undefined) {
      told = true;
      onWait?.(holder);
    }
    if (performance.now() > deadline) {
      throw new EmbeddedPostgresError(
        `process ${holder ?? 'unknown'} has held the lock ${directory} for more than ${timeout / 1000} s; ` +
          'wait for it or stop it, then try again',
      );
    }
    await sleep(LOOK_EVERY);
  }
}

async function tickets(directory: string): Promise<number[]> {
  return (await readdir(directory)).filter((name) => /^\d{1,15}$/.test(name)).map(Number);
}

/** The pid of the process that holds this ticket; undefined when it has not said yet. */
async function holderOf(ticket: string): Promise<number | 'nobody' | undefined> {
  try {
    const text = await readFile(ticket, 'utf8');
    if (text === 'free\n') return 'nobody';
    const identity = parseIdentity(text);
    if (identity) return isSameProcess(identity) ? identity.pid : 'nobody';
    return Date.now() - (await stat(ticket)).mtimeMs > NAMING_TIME ? 'nobody' : undefined;
  } catch (error) {
    // Gone between listing and reading: a higher one exists, look again.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function take(directory: string, number: number): Promise<boolean> {
  const own = join(directory, String(number));
  try {
    await writeFile(own, formatIdentity(identify(process.pid)), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  const others = (await tickets(directory)).filter((other) => other !== number);
  if (others.some((other) => other > number)) {
    await rm(own, { force: true });
    return false;
  }
  await Promise.all(others.map((other) => rm(join(directory, String(other)), { force: true })));
  return true;
}
