import type pg from 'pg';

/** Oldest supported server, as `server_version_num` gives it. */
const OLDEST = 140000;
/** First minor of each major without the bug that silences a LISTEN session for good. */
const SOUND_MINORS = new Map([[14, 20], [15, 15], [16, 11], [17, 7], [18, 1]]);

export class ServerVersionError extends Error {}

/**
 * Asks the server's version.
 *
 * @returns a warning when this minor release has a known fault that Belfry meets, else undefined
 * @throws ServerVersionError below PostgreSQL 14
 */
export async function checkServerVersion(client: pg.ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ number: string; name: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as name`,
  );
  const number = Number(rows[0]?.number);
  const name = rows[0]?.name ?? 'unknown';
  if (!(number >= OLDEST)) {
    throw new ServerVersionError(`found PostgreSQL ${name}, expected 14 or newer: upgrade the server, or point DATABASE_URL at another.`);
  }
  const major = Math.floor(number / 10_000);
  const minor = number % 10_000;
  const sound = SOUND_MINORS.get(major);
  if (sound === undefined || minor >= sound) return undefined;
  return `PostgreSQL ${name} can silence LISTEN for good; ${major}.${sound} mends it. Until then Belfry falls back on polling when it happens.`;
}

/** SQLSTATEs after which the same transaction may succeed when it is tried again, each with why. */
const TRANSIENT = new Map([
  ['40001', 'serialization failure'],
  ['40P01', 'deadlock victim'],
  ['53300', 'too many connections'],
  ['55P03', 'lock timeout'],
  ['57014', 'statement cancelled or timed out'],
  ['57P01', 'backend terminated'],
  ['57P02', 'server crashed'],
  ['57P03', 'server starting up or shutting down'],
  ['25P03', 'idle-in-transaction timeout: we were stopped in mid-batch'],
]);

/** The SQLSTATE of an error that the server raised, undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether waiting may cure it: the connection or the server, not what was asked. */
export function isTransient(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined || TRANSIENT.has(state) || state.startsWith('08');
}
