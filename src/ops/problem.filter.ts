import { randomUUID } from 'node:crypto';
import { ArgumentsHost, Catch, ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { isSchemaMissing } from '../database/missing-schema.js';
import { isDatabaseUnavailable } from './database-unavailable.js';
import { ProblemDocument, problemDocument, ProblemException } from './problem.js';
import { reasonOf } from './reason.js';

/** Seconds until a database that restarts is likely to be back. */
const RETRY_AFTER = 2;

/** Answers every error as a problem document. What the caller can't help is logged, and tells them nothing of it. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  catch(exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const request = host.switchToHttp().getRequest<Request>();
    const document = this.toProblem(exception, `${request.method} ${request.path}`);
    if (response.headersSent) return;
    if (document.status === 503 && !response.hasHeader('Retry-After')) response.setHeader('Retry-After', RETRY_AFTER);
    response.status(document.status).type('application/problem+json').send(JSON.stringify(document));
  }

  private toProblem(exception: unknown, request: string): ProblemDocument {
    if (exception instanceof ProblemException) return exception.document;
    if (exception instanceof HttpException) {
      const status = exception.getStatus();
      return problemDocument(status, messageOf(exception), status === 429 ? { kind: 'rate-limited' } : {});
    }
    if (isCallersFault(exception)) return problemDocument(exception.status, `${exception.message}.`);
    // A restore that begins by dropping the schema brings it back.
    if (isDatabaseUnavailable(exception) || isSchemaMissing(exception)) {
      this.logger.warn(`${request}: the database is not available: ${reasonOf(exception)}`);
      const detail = 'The database does not answer at the moment; try again.';
      return problemDocument(503, detail, { kind: 'database-unavailable' });
    }
    const instance = `urn:uuid:${randomUUID()}`;
    const reason = exception instanceof Error ? exception.stack : String(exception);
    this.logger.error(`${request} failed (${instance})`, reason);
    return problemDocument(500, "The server failed; its log has the reason under this instance's name.", { instance });
  }
}

/** What Express and its parts throw at a request that can't be served as it is: a range beyond the file, a path that is none. */
function isCallersFault(exception: unknown): exception is Error & { status: number } {
  if (!(exception instanceof Error) || !('status' in exception) || !('expose' in exception)) return false;
  const { status, expose } = exception;
  return expose === true && typeof status === 'number' && status >= 400 && status < 500;
}

/** What Nest's own exceptions carry is a string, or an object with `message`. */
function messageOf(exception: HttpException): string {
  const parserError = (exception.cause as { type?: unknown } | undefined)?.type;
  if (parserError === 'entity.too.large') return 'The body is too large, expected at most 64 kB.';
  if (parserError === 'entity.parse.failed') return `The body is not valid JSON: ${exception.message}.`;
  const body = exception.getResponse();
  const message = typeof body === 'object' && 'message' in body ? body.message : body;
  if (Array.isArray(message)) return message.join('; ');
  return typeof message === 'string' ? message : exception.message;
}
