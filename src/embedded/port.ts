import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { EmbeddedPostgresError } from './failures.js';

/** Where ports are looked for: below those that the system gives to outgoing connections. */
const FIRST_PORT = 15_432;
const PORTS = 8_000;

/** True when nobody listens on this port of the loopback address. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * The port used before, if it is free, so that a connection string noted down stays good; else a free one. Each folder
 * looks from a place of its own, so that one that is started does not take the port of another that is stopped.
 */
export async function choosePort(folder: string, before: number | undefined, except: ReadonlySet<number>): Promise<number> {
  if (before !== undefined && !except.has(before) && (await isFree(before))) return before;
  const offset = createHash('sha256').update(folder).digest().readUInt32BE() % PORTS;
  for (let step = 0; step < PORTS; step += 1) {
    const port = FIRST_PORT + ((offset + step) % PORTS);
    if (!except.has(port) && (await isFree(port))) return port;
  }
  throw new EmbeddedPostgresError(
    `no port between ${FIRST_PORT} and ${FIRST_PORT + PORTS - 1} is free on 127.0.0.1 for the embedded PostgreSQL; ` +
      'free one, or set DATABASE_URL to a PostgreSQL of your own',
  );
}
