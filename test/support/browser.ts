import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { withLock } from '../../src/embedded/start-lock.js';

/** What playwright-core needs to launch a browser. */
export interface TestBrowser {
  executablePath: string;
  args: string[];
  env: Record<string, string>;
}

/** For tests: no phoning home, and no protocol that a test's proxy can't cut. */
const QUIET = [
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic',
];
/** Where machines have a Chrome of their own. */
const INSTALLED = [
  '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable', '/usr/bin/chromium', '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', 'C:/Program Files/Google/Chrome/Application/chrome.exe',
];
const here = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/**
 * A browser to test with: the one that `BELFRY_TEST_BROWSER` names, else the Chromium of the npm package (Linux on x64),
 * else the machine's own Chrome. Undefined, with a line that says so, where there is none. `root`: the checkout's folder, for what is bundled.
 */
export async function prepareBrowser(root = here): Promise<TestBrowser | undefined> {
  const named = process.env.BELFRY_TEST_BROWSER;
  if (named !== undefined) return { executablePath: named, args: ['--no-sandbox', ...QUIET], env: environment() };
  if (process.platform === 'linux' && process.arch === 'x64') return packaged(root);
  const installed = INSTALLED.find((path) => existsSync(path));
  if (installed !== undefined) return { executablePath: installed, args: QUIET, env: environment() };
  process.stderr.write('no browser found: the browser tests are skipped (name one with BELFRY_TEST_BROWSER)\n');
  return undefined;
}

async function packaged(root: string): Promise<TestBrowser> {
  const { default: chromium } = await import('@sparticuz/chromium');
  const folder = await unpack(root);
  const executablePath = join(folder, 'chromium');
  // Fonts and libraries come along for machines that lack them; a machine's own are better, they are of one piece.
  const env = environment(existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_PATH: join(folder, 'fonts') });
  const starts = await run(executablePath, ['--version'], { env }).then(() => true, () => false);
  if (!starts) env.LD_LIBRARY_PATH = join(folder, 'al2023/lib');
  return { executablePath, args: [...chromium.args, ...QUIET], env };
}

/**
 * Unpacks the browser once per checkout and version. Left alone the package unpacks to the temporary folder that all
 * share, and takes for whole what another run has only begun, or another user owns.
 */
async function unpack(root: string): Promise<string> {
  const { version } = JSON.parse(
    await readFile(join(root, 'node_modules/@sparticuz/chromium/package.json'), 'utf8'),
  ) as { version: string };
  const cache = join(root, 'node_modules/.cache/belfry');
  const folder = join(cache, `chromium-${version}`);
  await withLock(join(cache, 'chromium-lock'), { timeout: 120_000 }, async () => {
    if (existsSync(join(folder, 'chromium'))) return;
    for (const name of await readdir(cache)) {
      if (name.startsWith('unpacking-')) await rm(join(cache, name), { recursive: true, force: true });
    }
    const half = await mkdtemp(join(cache, 'unpacking-'));
    // A process of its own, because the package asks the environment where to; told that it is on Amazon's Linux it
    // unpacks the libraries too.
    const script = `const { default: c } = await import('@sparticuz/chromium'); await c.executablePath();`;
    await run(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
      env: environment({ TMPDIR: half, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' }),
    });
    // The package's list of fonts says /tmp.
    const fonts = join(half, 'fonts/fonts.conf');
    await writeFile(fonts, (await readFile(fonts, 'utf8')).replaceAll('/tmp/', `${folder}/`));
    await rename(half, folder);
  });
  return folder;
}

function environment(more: Record<string, string> = {}): Record<string, string> {
  const own = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(own), ...more };
}
