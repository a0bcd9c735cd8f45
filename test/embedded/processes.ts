import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Below node_modules, so that the packages it needs are found from there.
const bundle = `${root}node_modules/.cache/belfry/embedded-child-${process.pid}.mjs`;

/** Builds what the child processes run. */
export async function buildChild(): Promise<void> {
  await build({
    entryPoints: [`${root}test/embedded/child.ts`],
    outfile: bundle,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
}

export async function removeChild(): Promise<void> {
  await rm(bundle, { force: true });
}

export interface Served {
  url: string;
  adopted: boolean;
  version: string;
}

export interface Child {
  process: ChildProcess;
  /** What it was told by the log of the server. */
  log: string[];
  /** Resolves when it has the server, rejects with the message it failed with. */
  served: Promise<Served>;
  ended: Promise<unknown>;
}

/** A child process that uses the server on `folder`. */
export function serve(folder: string, options: { uid?: number; gid?: number; env?: NodeJS.ProcessEnv } = {}): Child {
  return start(['serve', folder], options);
}

/** A child process that takes the lock in `folder`, and perhaps dies with it. */
export function lock(mode: 'lock' | 'lock-and-die', folder: string, file: string): Child {
  return start([mode, folder, file], {});
}

function start(args: string[], options: { uid?: number; gid?: number; env?: NodeJS.ProcessEnv }): Child {
  const { env, ...user } = options;
  const child = spawn(process.execPath, [bundle, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    ...user,
    env: { ...process.env, ...env },
  });
  const log: string[] = [];
  const ended = once(child, 'exit');
  const served = new Promise<Served>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const message = JSON.parse(line) as Partial<Served> & { log?: string; error?: string };
      if (message.log !== undefined) log.push(message.log);
      else if (message.error !== undefined) reject(new Error(message.error));
      else resolve(message as Served);
    });
    child.once('exit', (code, signal) => reject(new Error(`ended with ${code ?? signal ?? ''}`)));
  });
  served.catch(() => undefined);
  return { process: child, log, served, ended };
}

export async function kill(child: Child, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  child.process.kill(signal);
  await child.ended;
}
