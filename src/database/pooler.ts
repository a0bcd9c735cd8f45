import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { sqlState } from './server.js';

/** A pooler with many idle sessions may hand out the same one twice by chance: asked so often, it does not always. */
const ROUNDS = 4;
/** How long a notification may take, in milliseconds. */
const ARRIVAL_MS = 3_000;
const PROBE_CHANNEL = 'belfry_direct';

/** What was taken for a session of our own is shared with others. */
export class PoolerError extends Error {
  override name = 'PoolerError';

  constructor(found: string) {
    super(
      `found ${found}: a pooler in transaction mode stands between Belfry and PostgreSQL. Expected a session of its own, for ` +
        'LISTEN, locks and prepared statements. Set BELFRY_LISTEN_URL to a direct connection (or one that is pooled by ' +
        'session); DATABASE_URL may stay as it is.',
    );
  }
}

/**
 * Finds out whether a connection keeps its session while another one works. LISTEN alone does not tell: behind some poolers
 * a notification arrives now and then.
 *
 * @param one   connected, outside of a transaction
 * @param other connected by the same address, outside of a transaction
 * @throws PoolerError when it does not
 */
export async function checkOwnSession(one: pg.ClientBase, other: pg.ClientBase): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const mark = randomUUID();
    const { rows: [mine] } = await one.query<{ pid: number }>(
      `select pg_backend_pid() as pid, set_config('belfry.session', $1, false)`,
      [mark],
    );
    // In a transaction, as only that holds on to a session behind a pooler.
    await other.query('begin');
    try {
      const { rows: [others] } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
      // Asked before `one` is used again: it would wait for the session that `other` has in hand.
      if (others?.pid === mine?.pid) throw new PoolerError('two connections that share one session');
      const { rows: [now] } = await one.query<{ pid: number; mark: string | null }>(
        `select pg_backend_pid() as pid, current_setting('belfry.session', true) as mark`,
      );
      if (now?.pid !== mine?.pid) throw new PoolerError('a connection that changed its session between two statements');
      if (now?.mark !== mark) throw new PoolerError('a session that lost its settings between two statements');
    } finally {
      await other.query('rollback').catch(() => undefined);
    }
  }
}

/**
 * Finds out whether a notification reaches a connection.
 *
 * @throws PoolerError when LISTEN is accepted and nothing arrives
 */
export async function checkListen(one: pg.ClientBase, other: pg.ClientBase): Promise<void> {
  const token = randomUUID();
  let timer: NodeJS.Timeout | undefined;
  let hear: (message: pg.Notification) => void = () => undefined;
  const arrival = new Promise<boolean>((resolve) => {
    hear = ({ payload }) => payload === token && resolve(true);
    timer = setTimeout(() => resolve(false), ARRIVAL_MS);
  });
  one.on('notification', hear);
  try {
    await one.query(`listen ${PROBE_CHANNEL}`);
    await other.query('select pg_notify($1, $2)', [PROBE_CHANNEL, token]);
    if (!(await arrival)) throw new PoolerError(`that LISTEN was accepted and no notification arrived within ${ARRIVAL_MS} ms`);
  } catch (error) {
    // The notification queue is full: says nothing of the connection.
    if (sqlState(error) !== '54000') throw error;
  } finally {
    clearTimeout(timer);
    one.off('notification', hear);
    await one.query(`unlisten ${PROBE_CHANNEL}`).catch(() => undefined);
  }
}
