import type { IncomingHttpHeaders } from 'node:http';

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Whether a request of this method changes something. */
export function isUnsafe(method: string): boolean {
  return !SAFE_METHODS.includes(method);
}

/**
 * Whether a request comes from our own pages, from a page whose origin is allowed, or from no browser at all.
 * Browsers send a cookie along with what any other page asks for; what they add of their own (`Sec-Fetch-Site`,
 * `Origin`) tells those requests apart, and no script can change it.
 */
export function isOwnOrigin(headers: IncomingHttpHeaders, allowedOrigins: string[]): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return true;
  const origin = headers.origin;
  if (origin === undefined) return site === undefined;
  if (allowedOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === headers.host?.toLowerCase();
}
