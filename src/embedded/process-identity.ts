import { readFileSync } from 'node:fs';

/** A process as a file can name it: a pid alone comes round again, with the start time it does not. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks from boot to the start of the process (proc(5), field 22); empty where there is no /proc. */
  startedAt: string;
}

/** What `/proc/<pid>/stat` says, or undefined where there is no such process or no /proc. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** True when the process runs. A zombie has ended: only its parent has not asked yet, and in a container may never. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return statFields(pid)?.[0] !== 'Z';
}

/** The identity of a running process. */
export function identify(pid: number): ProcessIdentity {
  return { pid, startedAt: statFields(pid)?.[19] ?? '' };
}

/** True when exactly this process still runs, and not another one that was given its pid. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  if (!isAlive(identity.pid)) return false;
  const now = identify(identity.pid).startedAt;
  return identity.startedAt === '' || now === '' || identity.startedAt === now;
}

export function formatIdentity({ pid, startedAt }: ProcessIdentity): string {
  return `${pid} ${startedAt}\n`;
}

/** The identity that `formatIdentity` wrote; undefined for anything else, a half-written file included. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const match = /^(\d{1,10}) (\d*)\n$/.exec(text);
  return match ? { pid: Number(match[1]), startedAt: match[2] ?? '' } : undefined;
}
