import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Node's flags for a process that collects all its garbage at SIGUSR2: what is then resident is in use. */
export const COLLECTS = ['--expose-gc', '--import', `data:text/javascript,process.on('SIGUSR2',()=>{gc();gc()})`];

/** Resident memory of a process, in kilobytes. */
export async function residentKb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
  if (status !== undefined) return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout);
}

/** The same, once a process started with `COLLECTS` has collected its garbage and given it back. */
export async function residentKbInUse(pid: number): Promise<number> {
  for (let nth = 0; nth < 3; nth++) {
    process.kill(pid, 'SIGUSR2');
    await sleep(700);
  }
  return residentKb(pid);
}
