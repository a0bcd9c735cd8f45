// `npm run bench`: builds what is not built, bundles the bench and runs it; the arguments are in bench/README.md.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

await setUp();
const { build } = await import('esbuild');
const folder = join(root, 'node_modules/.cache/belfry', `bench-${process.pid}`);
await build({
  // Each runs in a process of its own.
  entryPoints: ['main', 'capture/writers', 'latency/bare-pipe', 'latency/readers', 'fanout/listeners', 'fanout/plain-fanout', 'fanout/nest-fanout', 'streams/plain-server', 'streams/nest-server', 'streams/crowd'].map(
    (name) => join(root, `bench/${name}.ts`),
  ),
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  // All beside each other.
  entryNames: '[name]',
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'error',
});
const child = spawn(process.execPath, ['--enable-source-maps', join(folder, 'main.mjs'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
// Ctrl-C reaches it too: it is left to clean up.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
