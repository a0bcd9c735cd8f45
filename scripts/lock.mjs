// One set-up at a time on a checkout. The same row of tickets as src/embedded/start-lock.ts explains; that one can't be
// used here, because this runs before anything is compiled.
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds that a holder has between creating its ticket and writing its name into it. */
const NAMING_TIME = 5_000;

/**
 * Runs `work(note)` while no other process does so with the same directory. `note(pid)` adds a child process that counts
 * as the holder too: an `npm ci` whose parent was killed goes on, and must not meet a second one.
 */
export async function withLock(directory, onWait, work) {
  mkdirSync(directory, { recursive: true });
  const ticket = join(directory, String(await acquire(directory, onWait)));
  try {
    return await work((pid) => appendFileSync(ticket, identity(pid)));
  } finally {
    writeFileSync(ticket, 'free\n');
  }
}

async function acquire(directory, onWait) {
  for (let told = false; ; ) {
    const highest = Math.max(0, ...tickets(directory));
    const holder = highest === 0 ? 'nobody' : holderOf(join(directory, String(highest)));
    if (holder === 'nobody') {
      if (take(directory, highest + 1)) return highest + 1;
      continue;
    }
    if (!told && holder !== undefined) {
      told = true;
      onWait(holder);
    }
    await sleep(100);
  }
}

function tickets(directory) {
  return readdirSync(directory).filter((name) => /^\d{1,15}$/.test(name)).map(Number);
}

/** The pid of a process that holds this ticket, 'nobody', or undefined when it has not said yet. */
function holderOf(ticket) {
  try {
    const text = readFileSync(ticket, 'utf8');
    if (text === 'free\n') return 'nobody';
    const named = [...text.matchAll(/^(\d+) (\d*)$/gm)];
    if (named.length === 0) return Date.now() - statSync(ticket).mtimeMs > NAMING_TIME ? 'nobody' : undefined;
    return named.map(([line, pid]) => (isAlive(Number(pid)) && `${line}\n` === identity(pid) ? Number(pid) : 0)).find(Boolean) ?? 'nobody';
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function take(directory, number) {
  const own = join(directory, String(number));
  try {
    writeFileSync(own, identity(process.pid), { flag: 'wx' });
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  const others = tickets(directory).filter((other) => other !== number);
  const late = others.some((other) => other > number);
  for (const gone of late ? [number] : others) rmSync(join(directory, String(gone)), { force: true });
  return !late;
}

/** Pid and start time (proc(5), field 22, where there is a /proc): a pid alone comes round again. */
function identity(pid) {
  return `${pid} ${statFields(pid)[19] ?? ''}\n`;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return statFields(pid)[0] !== 'Z';
}

/** The fields of `/proc/<pid>/stat` from the state on; none where there is no such file. */
export function statFields(pid) {
  const file = `/proc/${pid}/stat`;
  try {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
