/** The authenticated admin, as the token says it: Belfry keeps no copy of anybody's user table. */
export interface Principal {
  userId: string;
  roles: string[];
  /** Where notifications for this admin are sent to: `everyone`, `role:<name>` for each role, `user:<id>`. */
  channels: string[];
  /** What the token allows beyond an admin's own inbox: `publish`. */
  scopes: string[];
  /** The token's `exp`: nothing is given out after it. */
  expiresAt: Date;
}

/** Roles in one token: each is a channel to look up at every request. */
const MAX_ROLES = 200;
/** Length of a user id, role or scope, in UTF-16 units. */
const MAX_NAME = 200;
/** The last moment a Date can hold, in milliseconds. */
const LAST_MOMENT = 8.64e15;

/** The token is genuine, and what it says can't be used. The message may be shown to its bearer. */
export class ClaimError extends Error {
  override name = 'ClaimError';
}

/**
 * Makes a principal of checked claims.
 * @param rolesClaim a claim's name or a dotted path; the name wins, as some issuers' names are URLs with dots
 * @throws ClaimError
 */
export function toPrincipal(claims: Record<string, unknown>, rolesClaim: string): Principal {
  const userId = name(claims.sub, 'sub');
  const roles = names(claimAt(claims, rolesClaim), rolesClaim);
  const scopes = names(splitScopes(claims.scope ?? claims.scp), 'scope');
  if (typeof claims.exp !== 'number') throw new ClaimError(`exp is ${kind(claims.exp)}, expected a number of seconds`);
  return {
    userId,
    roles,
    channels: ['everyone', ...roles.map((role) => `role:${role}`), `user:${userId}`],
    scopes,
    expiresAt: new Date(Math.min(claims.exp * 1000, LAST_MOMENT)),
  };
}

function claimAt(claims: Record<string, unknown>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let at: unknown = claims;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

/** OAuth's `scope` is one string with spaces; some issuers send a list. */
function splitScopes(scopes: unknown): unknown {
  return typeof scopes === 'string' ? scopes.split(' ').filter((scope) => scope !== '') : scopes;
}

function names(value: unknown, claim: string): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return [name(value, claim)];
  if (!Array.isArray(value)) throw new ClaimError(`${claim} is ${kind(value)}, expected a list of strings`);
  if (value.length > MAX_ROLES) {
    throw new ClaimError(`${claim} has ${value.length} entries, expected at most ${MAX_ROLES}`);
  }
  return [...new Set(value.map((entry) => name(entry, `an entry of ${claim}`)))];
}

/** PostgreSQL's text holds neither a NUL nor half a character, and two users must not become one on the way there. */
function name(value: unknown, claim: string): string {
  if (typeof value !== 'string') throw new ClaimError(`${claim} is ${kind(value)}, expected a string`);
  if (value.length === 0 || value.length > MAX_NAME) {
    throw new ClaimError(`${claim} has ${value.length} characters, expected 1 to ${MAX_NAME}`);
  }
  if (/[\p{Cc}\p{Cs}]/u.test(value)) {
    throw new ClaimError(`${claim} has control characters or half a character, expected plain text`);
  }
  return value;
}

function kind(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
