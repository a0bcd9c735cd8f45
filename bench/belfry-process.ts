import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';

const SECRET = 'a secret of the bench, 32 bytes or more';
const START_MS = 30_000;

export interface BelfryOptions {
  databaseUrl: string;
  /** belfry.yaml */
  rules: string;
  /** Where the server's CPU profile is put when it ends; none by default. */
  profileTo?: string | undefined;
  /** On top of the environment that every bench gives it. */
  env?: Record<string, string>;
  /** Flags for Node; none by default. */
  nodeFlags?: readonly string[];
}

/** The server under test, as it is shipped: `node dist/main.js` in a process of its own. */
export interface BelfryProcess {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts it, and waits until it is ready: the database migrated, the rules applied, the relay at work. */
export async function startBelfry({ databaseUrl, rules, profileTo, env = {}, nodeFlags = [] }: BelfryOptions): Promise<BelfryProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'belfry-bench-rules-'));
  const config = join(folder, 'belfry.yaml');
  await writeFile(config, rules);
  const profile = profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`];
  const child = spawn(process.execPath, [...profile, ...nodeFlags, 'dist/main.js'], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      BELFRY_CONFIG: config,
      BELFRY_JWT_SECRET: SECRET,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'warn',
      // A bench's few admins do what thousands do.
      BELFRY_LIMIT_REQUESTS: 'off',
      BELFRY_LIMIT_STREAMS: 'off',
      BELFRY_LIMIT_STRANGERS: 'off',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await ready(child);
  return {
    url,
    pid: child.pid ?? 0,
    stop: async () => {
      const exited = once(child, 'exit');
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await exited;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The address that the server prints. */
async function ready(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (why: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`node dist/main.js ${why}; it said:\n${output}`));
    };
    const timer = setTimeout(() => fail(`was not ready within ${START_MS} ms`), START_MS);
    child.once('exit', (code) => fail(`ended with ${code ?? 'a signal'} before it was ready`));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const address = /address\s+(http:\S+)\s[^]*\n\n$/.exec(output)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      // From here on it says only what is out of the ordinary.
      child.stdout?.removeAllListeners('data').pipe(process.stderr);
      resolve(address);
    });
  });
}

/** A token of an admin with the role `bench`. */
export async function tokenFor(user: string): Promise<string> {
  return new SignJWT({ roles: ['bench'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
}
