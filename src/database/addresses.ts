import type pg from 'pg';
import type { DatabaseOptions } from './connections.js';
import { checkListen, checkOwnSession } from './pooler.js';

/** The two addresses do not belong together. */
export class AddressError extends Error {
  override name = 'AddressError';
}

/**
 * Checks that the direct address gives sessions of one's own, and that both lead to the same database.
 *
 * @param client connected by the direct address
 * @throws PoolerError, AddressError
 */
export async function checkAddresses(
  client: pg.ClientBase,
  { url, directUrl }: DatabaseOptions,
  open: (url: string) => Promise<pg.Client>,
): Promise<void> {
  const other = await open(directUrl);
  try {
    await checkOwnSession(client, other);
    await checkListen(client, other);
  } finally {
    await other.end();
  }
  if (url === directUrl) return;
  const forRequests = await open(url);
  try {
    if ((await identify(client)) === (await identify(forRequests))) return;
  } finally {
    await forRequests.end();
  }
  throw new AddressError('DATABASE_URL and BELFRY_LISTEN_URL reach two databases, expected two ways to one: correct the one that is wrong.');
}

async function identify(client: pg.ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ identity: string }>(
    `select concat_ws('/', (select system_identifier from pg_control_system()), oid) as identity
       from pg_database where datname = current_database()`,
  );
  return rows[0]?.identity;
}
