import { createServer } from 'node:net';
import { EmbeddedPostgresError } from './failures.js';

/** Where the search for a port begins: PostgreSQL's own 5432 in another guise, below the ports of outgoing connections. */
const FIRST_PORT = 15_432;
const LAST_PORT = 19_999;

/** True when nobody listens on this port of the loopback address. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** The port used before, if it is free, so that a connection string noted down stays good; else the next free one. */
export async function choosePort(before: number | undefined, except: ReadonlySet<number>): Promise<number> {
  if (before !== undefined && !except.has(before) && (await isFree(before))) return before;
  for (let port = FIRST_PORT; port <= LAST_PORT; port += 1) {
    if (!except.has(port) && (await isFree(port))) return port;
  }
  throw new EmbeddedPostgresError(`no port between ${FIRST_PORT} and ${LAST_PORT} is free on 127.0.0.1 for the embedded PostgreSQL`);
}
