import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { isLoopback } from '../config/variables.js';
import { MAX_HEADERS } from './http-adapter.js';
import { problemDocument } from './problem.js';

function refuse(response: Response, status: number, detail: string, kind: string): void {
  const document = problemDocument(status, detail, { kind });
  response.status(status).type('application/problem+json').send(JSON.stringify(document));
}

/** Longest path and query together, in characters. Ours take some 200. */
const MAX_URL = 4_096;

/** Refuses an address or a number of headers beyond what any caller of ours has. */
export function boundedHeads(request: Request, response: Response, next: NextFunction): void {
  const { url, rawHeaders } = request;
  if (url.length > MAX_URL) {
    refuse(response, 414, `The address has ${url.length} characters, expected at most ${MAX_URL}.`, 'too-large');
  } else if (rawHeaders.length > 2 * MAX_HEADERS) {
    refuse(response, 431, `There are more than ${MAX_HEADERS} headers.`, 'too-large');
  } else next();
}

/** A body in anything but JSON would be passed over in silence, and a form of another site sends no JSON. */
export function jsonBodiesOnly(request: Request, response: Response, next: NextFunction): void {
  const length = request.headers['content-length'];
  const hasBody = request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
  if (!hasBody || request.is(['application/json', '+json'])) {
    next();
    return;
  }
  const found = request.headers['content-type'] ?? 'no Content-Type';
  refuse(response, 415, `The body is sent as ${found}, expected Content-Type: application/json.`, 'not-json');
}

/**
 * Answers to this machine's own names only. The sample signs in without a password; a page of another site whose name
 * is made to point to 127.0.0.1 (DNS rebinding) would count as its own origin, but can't change what is in `Host`.
 */
export const loopbackNamesOnly: RequestHandler = (request, response, next) => {
  const host = request.headers.host ?? '';
  if (isLoopback(host.replace(/:\d+$/, ''))) next();
  else refuse(response, 403, `The request is for the host '${host}', expected localhost or 127.0.0.1.`, 'not-loopback');
};
