import { spawn } from 'node:child_process';
import type { Account } from './account.js';
import { cleanEnvironment } from './environment.js';

/** How a program ended: its exit code (null after a signal) and everything it said. */
export interface Outcome {
  code: number | null;
  output: string;
}

/** Runs one of PostgreSQL's programs to its end, as `account`, in a folder that this account can enter. */
export function run(file: string, args: string[], account: Account | undefined, cwd = '/'): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C goes to the whole foreground group of the terminal, and must reach Belfry alone.
      detached: true,
      ...(account && { uid: account.uid, gid: account.gid }),
    });
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString('utf8'));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: output.trim() }));
  });
}
