import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';

/** One wrong field of a request. */
export interface FieldError {
  in: 'query' | 'body' | 'path';
  /** Dotted path; empty: the whole of it. */
  field: string;
  detail: string;
}

/** An RFC 9457 problem document. */
export interface ProblemDocument {
  /** `about:blank` where the status says it all, else `urn:belfry:problem:<kind>`. */
  type: string;
  title: string;
  status: number;
  /** What was found, what was expected, what to do. */
  detail?: string;
  /** Names this one occurrence; the server's log has it too. */
  instance?: string;
  errors?: FieldError[];
  [extension: string]: unknown;
}

/** What a problem says beyond its status and detail. */
export interface ProblemExtras {
  /** A short name of the kind of problem, for programs: `invalid-input`. */
  kind?: string;
  title?: string;
  errors?: FieldError[];
  [extension: string]: unknown;
}

/** Answered as the problem document that it carries. Throw what `problem()` makes. */
export class ProblemException extends HttpException {
  constructor(readonly document: ProblemDocument) {
    super(document, document.status);
  }
}

/** Throw it: `throw problem(409, 'Ann has claimed it already.', { kind: 'claimed', claimedBy: 'ann' })`. */
export function problem(status: number, detail: string, extras: ProblemExtras = {}): ProblemException {
  return new ProblemException(problemDocument(status, detail, extras));
}

/** The document alone, for what is answered without throwing. */
export function problemDocument(status: number, detail: string, extras: ProblemExtras = {}): ProblemDocument {
  const { kind, title, ...rest } = extras;
  return {
    type: kind === undefined ? 'about:blank' : `urn:belfry:problem:${kind}`,
    title: title ?? STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...rest,
  };
}
