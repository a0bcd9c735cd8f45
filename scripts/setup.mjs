// Makes a fresh clone ready to start or to test: dependencies, generated code, build. Does only what is not done yet,
// needs nothing but Node and npm, and may be killed at any point: what counts as done is noted last.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dependenciesFingerprint, isInstalled, sourcesFingerprint } from './fingerprint.mjs';
import { withLock } from './lock.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));
const INSTALLED = join(root, 'node_modules/.belfry-installed');
const BUILT = join(root, 'dist/.belfry-built');

// Beside what a command prints, which may be read by a program.
const say = (line) => process.stderr.write(`belfry: ${line}\n`);

/** Sets up what is missing; ends the process with a clear message when that fails. */
export async function setUp() {
  try {
    checkNode();
    const wanted = { dependencies: dependenciesFingerprint(root), sources: sourcesFingerprint(root) };
    if (isNoted(INSTALLED, wanted.dependencies) && isNoted(BUILT, wanted.sources)) return;
    const folder = join(root, '.belfry');
    // Open for passing through: PostgreSQL may run as another user.
    if (mkdirSync(folder, { recursive: true }) !== undefined) chmodSync(folder, 0o755);
    const onWait = (pid) => say(`waiting for process ${pid}, which is setting up this checkout`);
    await withLock(join(folder, 'setup-lock'), onWait, async (note) => {
      if (!isNoted(INSTALLED, wanted.dependencies)) await install(wanted.dependencies, note);
      if (!isNoted(BUILT, wanted.sources)) await build(wanted.sources, note);
    });
  } catch (error) {
    process.stderr.write(`belfry: ${error.message}\n`);
    process.exit(1);
  }
}

function checkNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.replace('>=', '');
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = wanted.split('.').map(Number);
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  throw new Error(`Node ${process.versions.node} runs this, and Belfry needs ${wanted} or newer: see https://nodejs.org`);
}

function isNoted(file, fingerprint) {
  return existsSync(file) && readFileSync(file, 'utf8') === fingerprint;
}

async function install(fingerprint, note) {
  if (!isInstalled(root)) {
    say('installing dependencies (npm ci, about a minute)');
    rmSync(INSTALLED, { force: true });
    await npm(
      // Building and testing need the development dependencies, whatever NODE_ENV or `omit` say.
      ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--no-engine-strict', '--loglevel=error'],
      note,
    );
  }
  writeFileSync(INSTALLED, fingerprint);
}

async function build(fingerprint, note) {
  say('building');
  rmSync(join(root, 'dist'), { recursive: true, force: true, maxRetries: 5 });
  await run(process.execPath, [join(root, 'scripts/generate.mjs')], note);
  await npm(['run', '--silent', 'build'], note);
  writeFileSync(BUILT, fingerprint);
}

function npm(args, note) {
  const own = process.env.npm_execpath;
  if (own !== undefined && /^npm(-cli)?\.c?js$/.test(basename(own))) return run(process.execPath, [own, ...args], note);
  return run('npm', args, note);
}

/** Runs a program to its end; a signal meanwhile ends it too. */
function run(file, args, note) {
  const { NODE_ENV: _, ...env } = process.env;
  return new Promise((resolve, reject) => {
    const posix = process.platform !== 'win32';
    // A group of its own, so that what npm has started ends with it.
    const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'], shell: !posix, detached: posix });
    if (child.pid !== undefined) note(child.pid);
    // The compiler tells its errors on the channel where others tell their progress.
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    const pass = (signal) => {
      if (posix) process.kill(-child.pid, signal);
      else child.kill(signal);
      process.exit(signal === 'SIGINT' ? 130 : 143);
    };
    process.on('SIGINT', pass).on('SIGTERM', pass);
    const settle = (outcome) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      outcome();
    };
    const said = [basename(file), ...args.map((arg) => basename(arg))].join(' ');
    child.on('error', (error) => settle(() => reject(new Error(`could not run ${said}: ${error.message}`))));
    child.on('close', (code, signal) =>
      settle(() => {
        if (code === 0) return resolve();
        process.stderr.write(output);
        reject(new Error(`${said} failed (${code ?? signal}); what it said is above`));
      }),
    );
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setUp();
