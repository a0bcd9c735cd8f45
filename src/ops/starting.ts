import type { RequestHandler } from 'express';
import { problemDocument } from './problem.js';
import type { ReadinessChecks } from './readiness.js';

/** What needs the database, and so waits for the start. The bell's file, the pages, health and metrics do not. */
const HELD_BACK = /^\/(v1|shop)(\/|$)/i;
const STREAM = /^\/v1\/stream\/?$/i;
/** Seconds until a start is worth another try. */
const RETRY_AFTER = 2;

/**
 * Speaks for the stations until they have started. A stream is answered 200 and ends at once: at any other status a
 * browser's EventSource gives up for good, so it is told when to come back. It keeps its last event id, as it is given none.
 */
export function whileStarting(readiness: ReadinessChecks): RequestHandler {
  return (request, response, next) => {
    const reason = readiness.startsWith;
    if (reason === undefined || !HELD_BACK.test(request.path)) {
      next();
      return;
    }
    if (STREAM.test(request.path) && request.method === 'GET') {
      // Spread out: all the readers of a process that was restarted wait together.
      const retryMs = Math.round(1_000 * RETRY_AFTER * (0.5 + Math.random()));
      response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
      response.end(`: not started yet: ${reason.replace(/\s+/g, ' ')}\nretry: ${retryMs}\n\n`);
      return;
    }
    const document = problemDocument(503, `Not started yet: ${reason}.`, { kind: 'not-ready' });
    response.set('Retry-After', String(RETRY_AFTER));
    response.status(503).type('application/problem+json').send(JSON.stringify(document));
  };
}
