import { collectDefaultMetrics, Registry } from 'prom-client';

let registry: Registry | undefined;

/**
 * What Node tells of the process: memory, event loop, garbage. Once, however many applications the process starts one after
 * another: the observer behind it can't be taken away, and would hold on to each application's registry.
 */
export function processMetrics(): Registry {
  if (!registry) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry });
  }
  return registry;
}
