import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SECRET } from './tokens.js';
import { UNLIMITED } from './unlimited.js';
import { until } from './until.js';

/** What `npm run build` made. Another build can be put to the test. */
const MAIN = process.env.BELFRY_TEST_MAIN ?? fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Beside this file in the checkout; `BELFRY_TEST_MAIN` is in `dist` of one, too. */
const SHIFTING_CLOCK = join(dirname(MAIN), '../test/support/shifting-clock.mjs');
/** How much of what a server said is kept, in characters. */
const OUTPUT_KEPT = 200_000;

export interface ServerOptions {
  databaseUrl: string;
  /** The text of belfry.yaml. */
  rules: string;
  /** Default: any free one, kept over restarts. */
  port?: number;
  env?: Record<string, string>;
  /** At each SIGUSR2 its wall clock jumps by an hour. */
  shiftingClock?: boolean;
  /** What `main` is told. Default nothing. */
  args?: string[];
  /** Another build of it. Default: the one that is put to the test. */
  main?: string;
}

/** A server as its users run it: a process of its own that can be killed, stopped and started again on the same port. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private said = '';

  private constructor(
    private readonly options: ServerOptions,
    readonly port: number,
    private readonly folder: string,
  ) {}

  /** A server that is ready. */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const server = await ServerProcess.prepare(options);
    try {
      await server.restart();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  /** A server that is not started yet. */
  static async prepare(options: ServerOptions): Promise<ServerProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'belfry-server-'));
    await writeFile(join(folder, 'belfry.yaml'), options.rules);
    return new ServerProcess(options, options.port ?? (await freePort()), folder);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Error('the server is not running');
    return pid;
  }

  get isRunning(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  /** All it said, over all its lives. */
  get output(): string {
    return this.said;
  }

  /** Starts the process, and does not wait for it. */
  launch(): void {
    this.said += '\n--- started\n';
    const preload = this.options.shiftingClock ? ['--import', SHIFTING_CLOCK] : [];
    this.child = spawn(process.execPath, [...preload, this.options.main ?? MAIN, ...(this.options.args ?? [])], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: this.options.databaseUrl,
        BELFRY_CONFIG: join(this.folder, 'belfry.yaml'),
        BELFRY_JWT_SECRET: SECRET,
        HOST: '127.0.0.1',
        PORT: String(this.port),
        ...UNLIMITED,
        ...this.options.env,
      },
    });
    const collect = (chunk: Buffer): void => {
      this.said = (this.said + chunk.toString('utf8')).slice(-OUTPUT_KEPT);
    };
    this.child.stdout?.on('data', collect);
    this.child.stderr?.on('data', collect);
  }

  async restart(): Promise<void> {
    this.launch();
    await this.ready();
  }

  /** Waits until it calls itself ready. @throws with all it said when it ends instead */
  async ready(patienceMs = 30_000): Promise<void> {
    await until(
      'the server is ready',
      async () => {
        if (!this.isRunning) throw new Error(`the server ended: ${this.output}`);
        return this.answers('/health/ready');
      },
      patienceMs,
    );
  }

  /** Whether it answers 200 there, now. */
  async answers(path: string): Promise<boolean> {
    return fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(2_000) }).then((response) => response.ok, () => false);
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Ends it. @returns its exit code, null after a signal */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const { child } = this;
    if (!child) return null;
    const ended = this.isRunning ? once(child, 'exit') : undefined;
    child.kill(signal);
    await ended;
    return child.exitCode;
  }

  /** Kills it and removes its files. */
  async remove(): Promise<void> {
    // A stopped process is killed as well.
    await this.kill('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A port of the loopback address that nobody listens on, now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || !address) throw new Error('no free port found');
  return address.port;
}
