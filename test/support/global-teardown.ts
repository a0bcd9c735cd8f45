import type { RunningCluster } from './global-setup.js';

/** Stops the run's PostgreSQL and removes what it wrote. */
export default async function globalTeardown(): Promise<void> {
  await (globalThis as RunningCluster).belfryTestCluster?.remove();
}
