import { setTimeout as sleep } from 'node:timers/promises';

/** How long a condition may take to come true, in milliseconds, before the test gives up on it. */
const PATIENCE_MS = 20_000;

/** Waits until `probe` gives something other than undefined and false, and returns it. Never for a time. */
export async function until<T>(what: string, probe: () => T | Promise<T>, patienceMs = PATIENCE_MS): Promise<Exclude<T, undefined | false>> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>;
    if (Date.now() > end) throw new Error(`waited ${patienceMs} ms in vain until ${what}`);
    await sleep(10);
  }
}
