// `npm run soak -- --minutes N --seed S --servers K`: sets up what is missing, then writers, readers and faults for as long as one likes.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

await setUp();
const { build } = await import('esbuild');
const outfile = join(root, 'node_modules/.cache/belfry', `soak-${process.pid}.mjs`);
process.on('exit', () => rmSync(outfile, { force: true }));
process.env.BELFRY_TEST_MAIN ??= join(root, 'dist/main.js');
await build({
  entryPoints: [join(root, 'test/soak/soak.ts')],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  logLevel: 'error',
});
await import(outfile);
