import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Set-up and tear-down are loaded apart from each other, in one process. */
export interface RunningCluster {
  belfryTestCluster?: { url: string; remove(): Promise<void> };
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One PostgreSQL for the whole run; the workers learn its address from the environment. */
export default async function globalSetup(): Promise<void> {
  const { startTestCluster } = await loadCluster();
  const cluster = await startTestCluster(root);
  (globalThis as RunningCluster).belfryTestCluster = cluster;
  process.env.BELFRY_TEST_DATABASE_URL = cluster.url;
}

/** Jest runs this file outside of its module system, where an import ending in `.js` does not find the `.ts`. */
async function loadCluster(): Promise<typeof import('./cluster.js')> {
  const bundle = join(root, 'node_modules/.cache/belfry', `test-cluster-${process.pid}.mjs`);
  await build({
    entryPoints: [join(root, 'test/support/cluster.ts')],
    outfile: bundle,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  try {
    return (await import(bundle)) as typeof import('./cluster.js');
  } finally {
    await rm(bundle);
  }
}
