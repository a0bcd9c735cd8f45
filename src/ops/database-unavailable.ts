/** PostgreSQL's SQLSTATEs that say "not now" rather than "not so". */
const SQLSTATES = new Set([
  '25006', // read_only_sql_transaction: a primary that became a standby, or was set to read only
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '55P03', // lock_not_available: the lock_timeout passed
  '58030', // io_error
]);

/**
 * Class 08, connection exceptions; 40, what rolled back for another's sake; 53, insufficient resources: disk full, out of memory,
 * too many connections; 57, an operator or a timeout stepped in: cancelled, shut down, starting up, the database dropped.
 */
const CLASSES = /^(08|40|53|57)[0-9A-Z]{3}$/;

/** Node's errors of a connection that can't be made or has gone. */
const NODE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT', // a Unix socket that is not there
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Prisma's: can't reach, timed out, closed the connection, no free connection, transaction timed out, write conflict. */
const PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);

/** Prisma's driver adapters say it by kind. */
const PRISMA_KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections', 'TransactionWriteConflict']);

/** `pg` itself throws plain errors. */
const PG_MESSAGES = [
  /^Connection terminated/,
  /^timeout exceeded when trying to connect/,
  /^Query read timeout/,
  /^Client has encountered a connection error/,
  /^Client was closed/,
  /^Cannot use a pool after calling end/, // the process ends, and this request was too late
];

/** Whether an error, or what caused it, is a database that does not serve now and may in a moment. */
export function isDatabaseUnavailable(error: unknown): boolean {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 8; depth++) {
    const { code, originalCode, kind, message, cause, meta } = at as Partial<Record<string, unknown>>;
    const codes = [code, originalCode].filter((value) => typeof value === 'string');
    if (codes.some((value) => SQLSTATES.has(value) || CLASSES.test(value))) return true;
    if (codes.some((value) => NODE_CODES.has(value) || PRISMA_CODES.has(value))) return isNetwork(at);
    if (typeof kind === 'string' && PRISMA_KINDS.has(kind)) return true;
    if (typeof message === 'string' && PG_MESSAGES.some((pattern) => pattern.test(message))) return true;
    // Prisma hands the driver's own error on beside its code, which says no more than that there was one.
    at = cause ?? (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError;
  }
  return false;
}

/** A missing file is an ENOENT too: only what Node's sockets threw counts. */
function isNetwork(error: object): boolean {
  return !('code' in error && error.code === 'ENOENT') || ('syscall' in error && error.syscall === 'connect');
}
