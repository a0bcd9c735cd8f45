import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `npm start` as a user calls it. */
export class NpmStart {
  output = '';
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(dataDir: string, port: number) {
    const env = { ...process.env, PORT: String(port), BELFRY_DATA_DIR: dataDir };
    // Not a child's child: npm for the tests has told the environment about itself.
    for (const name of Object.keys(env)) if (name.startsWith('npm_')) Reflect.deleteProperty(env, name);
    this.#process = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.#ended = once(this.#process, 'exit');
  }

  /** The addresses it prints when it is ready; the error that it ended with instead. */
  async ready(): Promise<{ page: string; database: string }> {
    for (;;) {
      const page = /^ +page +(\S+)$/m.exec(this.output)?.[1];
      const database = /^ +database +psql '(\S+)'$/m.exec(this.output)?.[1];
      if (page !== undefined && database !== undefined) return { page, database };
      if (this.#process.exitCode !== null) throw new Error(`npm start ended with ${this.#process.exitCode}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#process.kill(signal);
    await this.#ended;
  }
}
