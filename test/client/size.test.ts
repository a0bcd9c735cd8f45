import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const KB = 1_024;

/** Kilobytes that a browser loads, minified and gzipped, of what a module gives out. */
async function gzippedKb(contents: string): Promise<number> {
  const { outputFiles } = await build({
    absWorkingDir: root, stdin: { contents, resolveDir: `${root}/client` }, bundle: true, minify: true, format: 'esm', target: 'chrome123', write: false, logLevel: 'error',
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).byteLength / KB;
}

describe('what a browser loads', () => {
  it.each([
    ['the client alone', `export { BelfryClient } from './core/client.js';`, 12],
    ['the calls alone: what is not used is not there', `export { Rest } from './core/rest.js';`, 3],
    ['the bell, with the client and two languages', `export * from './belfry.js';`, 40],
  ])('%s is no larger than it may be', async (_what, contents, atMost) => {
    expect(await gzippedKb(contents)).toBeLessThan(atMost);
  });
});
