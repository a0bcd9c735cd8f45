import type { NextFunction, Request, Response } from 'express';

const POLICY = [
  "default-src 'self'",
  // The bell draws its number on a page's icon, which is a `data:` URL then.
  "img-src 'self' data:",
  "base-uri 'none'",
  "object-src 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** The page of the API documentation sets styles inline. */
const DOCS_POLICY = `${POLICY}; style-src 'self' 'unsafe-inline'`;

/** Headers of every answer; handlers may set their own `Cache-Control`. */
export function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  const docs = request.path === '/docs' || request.path.startsWith('/docs/');
  response.set({
    'Content-Security-Policy': docs ? DOCS_POLICY : POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    // An inbox is one admin's: nothing of it is kept on the way, or shown to the next one at the same machine.
    'Cache-Control': 'no-store',
  });
  next();
}
