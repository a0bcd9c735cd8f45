// Bundles what browsers load: the bell as one file (dist/client/belfry.js), and the sample shop's back office.
import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const options = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  minify: true,
  sourcemap: true,
  // light-dark() and popovers, which the bell is made with, are no older than this.
  target: ['chrome123', 'firefox125', 'safari17.5'],
  logLevel: 'warning',
};

await Promise.all([
  build({ ...options, entryPoints: { belfry: 'client/belfry.ts' }, outdir: 'dist/client' }),
  build({
    ...options,
    entryPoints: ['client/sample/page.ts', 'client/sample/page.css'],
    outdir: 'dist/client/sample',
  }),
  ...['index.html', 'favicon.svg'].map((file) => cp(`${root}/client/sample/${file}`, `${root}/dist/client/sample/${file}`)),
]);
