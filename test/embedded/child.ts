// A process that uses an embedded server, for the tests to kill. Says one JSON line when it has it; stops at SIGTERM.
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.js';
import { withLock } from '../../src/embedded/start-lock.js';
import { appendFile } from 'node:fs/promises';

const [mode = '', folder = '', file = ''] = process.argv.slice(2);
const say = (message: unknown): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Takes the lock, writes two lines that nobody may come between, gives the lock back; dies in between if told so. */
async function locks(): Promise<void> {
  await withLock(folder, { timeout: 60_000 }, async () => {
    await appendFile(file, `in ${process.pid}\n`);
    if (mode === 'lock-and-die') process.kill(process.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 2));
    await appendFile(file, `out ${process.pid}\n`);
  });
}

async function serves(): Promise<void> {
  const server = await startEmbeddedPostgres({ dataDir: folder, log: (line) => say({ log: line }), settings: { fsync: 'off' } });
  process.once('SIGTERM', () => {
    void server.stop().then(() => process.exit(0));
  });
  say({ url: server.url, adopted: server.adopted, version: server.version });
  setInterval(() => undefined, 60_000);
}

try {
  await (mode === 'serve' ? serves() : locks());
} catch (error) {
  say({ error: (error as Error).message });
  process.exitCode = 1;
}
