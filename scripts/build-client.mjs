// Bundles what browsers load: the bell as one file (dist/client/belfry.js) and its themes, and the sample shop's back office.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'client/sample');
const target = join(root, 'dist/client/sample');

const options = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  minify: true,
  sourcemap: true,
  // light-dark() and popovers, which the bell is made with, are no older than this.
  target: ['chrome123', 'firefox125', 'safari17.5'],
  logLevel: 'warning',
  write: false,
};

const [bell, themes, page, ...copies] = await Promise.all([
  build({ ...options, entryPoints: { belfry: 'client/belfry.ts' }, outdir: 'dist/client' }),
  build({ ...options, entryPoints: ['client/themes/*.css'], outdir: 'dist/client/themes' }),
  build({ ...options, entryPoints: ['client/sample/page.ts', 'client/sample/page.css'], outdir: 'dist/client/sample' }),
  ...['index.html', 'favicon.svg'].map(async (file) => ({
    path: join(target, file),
    contents: await readFile(join(source, file)),
  })),
]);

// Each file whole or not at all: a server may be giving it out, and another build may be under way.
for (const folder of [target, join(root, 'dist/client/themes')]) await mkdir(folder, { recursive: true });
for (const { path, contents } of [...bell.outputFiles, ...themes.outputFiles, ...page.outputFiles, ...copies]) {
  const draft = join(dirname(path), `.${process.pid}.draft`);
  await writeFile(draft, contents);
  await rename(draft, path);
}
