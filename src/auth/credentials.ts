import type { IncomingHttpHeaders } from 'node:http';

/** The cookie that may carry the token instead of the `Authorization` header. */
export const TOKEN_COOKIE = 'belfry_token';

/** Where a request's token came from, or why there is none. */
export type Credentials = { token: string; from: 'bearer' | 'cookie' } | { malformed: string } | undefined;

/** The token of a request. A bearer token wins over the cookie; another scheme (a proxy's Basic) is not ours. */
export function credentialsOf(headers: IncomingHttpHeaders): Credentials {
  const authorization = headers.authorization;
  if (authorization !== undefined && /^bearer\b/i.test(authorization)) {
    const token = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization)?.[1];
    if (token === undefined) return { malformed: 'The Authorization header is not of the form: Bearer <token>.' };
    return { token, from: 'bearer' };
  }
  const token = cookie(headers.cookie, TOKEN_COOKIE);
  return token === undefined || token === '' ? undefined : { token, from: 'cookie' };
}

/** The value of the first cookie of that name. Our tokens need no decoding. */
export function cookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}
