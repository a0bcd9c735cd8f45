import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));

/** What package.json says but for its scripts. */
export const ABOUT = { name: 'fake', version: '1.0.0', engines: { node: '>=20.19' }, dependencies: { part: 'file:part' } };

/** How a run of the set-up ended. */
export interface Run {
  code: number | null;
  output: string;
}

/** A small project with the real set-up scripts, one dependency of its own, and a build that only writes down that it ran. */
export class Checkout {
  private constructor(readonly path: string) {}

  static async create(): Promise<Checkout> {
    const path = await mkdtemp(join(tmpdir(), 'belfry-checkout-'));
    const checkout = new Checkout(path);
    await cp(scripts, join(path, 'scripts'), { recursive: true });
    await mkdir(join(path, 'src'));
    const about = { ...ABOUT, scripts: { build: 'node scripts/build.mjs' } };
    await checkout.write('package.json', JSON.stringify(about));
    const packages = { '': about, part: { version: '1.0.0' }, 'node_modules/part': { resolved: 'part', link: true } };
    await checkout.write('package-lock.json', JSON.stringify({ lockfileVersion: 3, requires: true, packages }));
    await mkdir(join(path, 'part'));
    await checkout.write('part/package.json', JSON.stringify({ name: 'part', version: '1.0.0' }));
    await checkout.write('scripts/generate.mjs', '');
    await checkout.build('');
    await checkout.write('src/main.ts', 'first');
    return checkout;
  }

  /** Has the build do something of its own before it has built. */
  build(more: string): Promise<void> {
    return this.write(
      'scripts/build.mjs',
      `import { appendFileSync, mkdirSync } from 'node:fs';
       appendFileSync('begun', 'x');
       ${more}
       mkdirSync('dist', { recursive: true });
       appendFileSync('built', 'x');`,
    );
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.path, name), text);
  }

  /** How often the build came to its end, or only began. */
  async times(what: 'built' | 'begun'): Promise<number> {
    return (await readFile(join(this.path, what), 'utf8').catch(() => '')).length;
  }

  start(env: NodeJS.ProcessEnv = {}): { process: ChildProcess; run: Promise<Run> } {
    const child = spawn(process.execPath, [join(this.path, 'scripts/setup.mjs')], {
      cwd: tmpdir(),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    // Not 'close': a build whose set-up was killed holds the pipes open.
    const run = new Promise<Run>((resolve) => child.on('exit', (code) => setImmediate(() => resolve({ code, output }))));
    return { process: child, run };
  }

  setUp(env: NodeJS.ProcessEnv = {}): Promise<Run> {
    return this.start(env).run;
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}
