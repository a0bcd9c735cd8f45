import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `npm run build` made. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** `belfry` as its users run it: a process, in a folder of its own with a rules file. */
export class Belfry {
  private constructor(
    readonly folder: string,
    private readonly env: Record<string, string>,
  ) {}

  static async in(databaseUrl?: string, rules?: string): Promise<Belfry> {
    const folder = await mkdtemp(join(tmpdir(), 'belfry-cli-'));
    const belfry = new Belfry(folder, databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl });
    if (rules !== undefined) await belfry.write(rules);
    return belfry;
  }

  write(rules: string): Promise<void> {
    return writeFile(join(this.folder, 'belfry.yaml'), rules);
  }

  rules(): Promise<string> {
    return readFile(join(this.folder, 'belfry.yaml'), 'utf8');
  }

  /** Runs a command to its end. */
  run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    return this.start(args, env).ended;
  }

  /** Starts a command, which can be sent signals. */
  start(args: readonly string[], env: Record<string, string> = {}): { child: ChildProcess; ended: Promise<Ended> } {
    const { PATH = '' } = process.env;
    const child = execFile(process.execPath, [MAIN, ...args], { cwd: this.folder, env: { PATH, ...this.env, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (text: string) => (stdout += text));
    child.stderr?.on('data', (text: string) => (stderr += text));
    const ended = once(child, 'close').then(([code]) => ({ code: Number(code ?? NaN), stdout, stderr }));
    return { child, ended };
  }

  /** The one JSON document that a command prints. */
  async json<T>(args: readonly string[], expectedCode = 0): Promise<T> {
    const { code, stdout, stderr } = await this.run([...args, '--json']);
    if (code !== expectedCode) throw new Error(`belfry ${args.join(' ')} ended with ${code}, expected ${expectedCode}: ${stdout}${stderr}`);
    return JSON.parse(stdout) as T;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
