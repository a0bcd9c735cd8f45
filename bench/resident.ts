import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** In the process: what V8 does by itself once it has been idle for about a minute, and at a moment that would be chance. */
const COLLECTING = `
import { Session } from 'node:inspector';
const session = new Session();
session.connect();
process.on('SIGUSR2', () => session.post('HeapProfiler.collectGarbage'));`;

/**
 * Node's flags for a process that at SIGUSR2 collects all its garbage and gives back what it took for it: what is then
 * resident is in use. (`gc()` leaves the room for young objects at the size to which a rush has blown it up.)
 */
export const COLLECTS = ['--import', `data:text/javascript,${encodeURIComponent(COLLECTING)}`];

/** Collected so often without anything more given back, it has all been. */
const SETTLED = 6;
const SETTLED_KB = 256;

/** Resident memory of a process, in kilobytes. */
export async function residentKb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
  if (status !== undefined) return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout);
}

/** The same, once a process started with `COLLECTS` has collected its garbage and given it back: it does so in parts. */
export async function residentKbInUse(pid: number): Promise<number> {
  let least = await residentKb(pid);
  for (let still = 0; still < SETTLED; ) {
    process.kill(pid, 'SIGUSR2');
    await sleep(500);
    const now = await residentKb(pid);
    still = now < least - SETTLED_KB ? 0 : still + 1;
    least = Math.min(least, now);
  }
  return least;
}
