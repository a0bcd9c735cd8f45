// npm runs a script through a shell. When npm is killed, neither passes it on, and the server would stay behind with
// its port: nobody would know it by the pid they started.
import { readFileSync } from 'node:fs';
import { statFields } from './lock.mjs';

/** Milliseconds between two looks. */
const LOOK_EVERY = 250;

/** Sends this process SIGTERM when the npm that started it has gone; does nothing when it was started without npm. */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const before = line();
  setInterval(() => {
    if (line() !== before) process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY).unref();
}

/** The parent, and the parent's own if it is only npm's shell. Orphans are given another parent. */
function line() {
  return isShell(process.ppid) ? `${process.ppid} ${statFields(process.ppid)[1]}` : String(process.ppid);
}

function isShell(pid) {
  try {
    return /^(sh|dash|bash|ash|zsh|busybox)$/.test(readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
  } catch {
    return false;
  }
}
