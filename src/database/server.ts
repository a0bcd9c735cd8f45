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

/** Whether our role may do everything. */
export async function isSuperuser(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ rolsuper: boolean }>('select rolsuper from pg_roles where rolname = current_user');
  return rows[0]?.rolsuper ?? false;
}

/** The SQLSTATE of an error that the server raised, undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Classes of SQLSTATE that blame the value itself: trying again, or elsewhere, changes nothing. */
const DATA_FAULTS = new Map([
  ['22', 'data exception: a text or number that the column can not hold'],
  ['54', 'program limit exceeded: too large to store or to index'],
]);

/** Whether what was to be stored is at fault, rather than the connection, the server or the tables. */
export function isDataFault(error: unknown): boolean {
  return DATA_FAULTS.has(sqlState(error)?.slice(0, 2) ?? '');
}

/** Classes of SQLSTATE that refuse us for what we are: waiting does not help. */
const REFUSALS = new Map([
  ['28', 'wrong user or password'],
  ['3D', 'no such database'],
  ['42', 'no right to connect'],
]);

/** Whether a connection attempt was turned down for good, rather than the server not being there yet. */
export function isRefusal(error: unknown): boolean {
  return REFUSALS.has(sqlState(error)?.slice(0, 2) ?? '');
}
