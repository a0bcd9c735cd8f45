// Loads nothing of the rest before it hears signals: whoever stops a process in its first second wants it to end well.
import { setTimeout as sleep } from 'node:timers/promises';

/** Whatever still hangs after this long is left to the end of the process, in milliseconds. */
const SHUTDOWN_MS = 4_700;
/** One Ctrl-C comes twice, from the terminal and from npm; a second one on purpose comes later, in milliseconds. */
const SAME_SIGNAL_MS = 300;
/** How long the last lines may take to whoever reads our output, in milliseconds. */
const LAST_LINES_MS = 200;

const stop = new AbortController();
let exitCode = 0;
let stoppedAt = 0;

/** Ends cleanly, in order, within five seconds. */
function stopNow(): void {
  if (stop.signal.aborted) return;
  stoppedAt = performance.now();
  setTimeout(() => void exit(), SHUTDOWN_MS);
  stop.abort();
}

/** A second signal ends at once. */
function onSignal(): void {
  if (stop.signal.aborted && performance.now() - stoppedAt > SAME_SIGNAL_MS) process.exit(1);
  stopNow();
}

/** The state is not to be trusted after a fault that nobody has caught: streams are handed over, and it ends. */
function onFault(kind: string, reason: unknown): void {
  console.error(`${kind}, ending:`, reason);
  exitCode = 1;
  stopNow();
}

async function exit(): Promise<never> {
  const written = [process.stdout, process.stderr].map((output) => new Promise((resolve) => output.write('', resolve)));
  await Promise.race([Promise.all(written), sleep(LAST_LINES_MS)]);
  process.exit(exitCode);
}

// Whoever read our output may have gone (`npm start | head`): no reason to go as well.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
process.on('SIGTERM', onSignal);
process.on('SIGINT', onSignal);
process.on('uncaughtException', (error) => onFault('an exception that nobody caught', error));
process.on('unhandledRejection', (reason) => onFault('a promise rejected that nobody waits for', reason));

const { serve, toldAs } = await import('./serve.js');
try {
  if (!stop.signal.aborted) await serve(stop.signal);
} catch (error) {
  console.error(toldAs(error));
  exitCode = 1;
}
await exit();
