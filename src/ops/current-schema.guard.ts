import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { SchemaWatch } from '../database/schema-watch.service.js';
import { problem } from './problem.js';

/** Says itself why it ends. */
const WITHIN = /^\/v1\/stream(\/poll)?$/;

/**
 * Turns away what would read or write tables of a newer version, as APP_GUARD. Health and files for browsers go on; a stream is
 * told within itself, as any other status than 200 ends a browser's EventSource for good.
 */
@Injectable()
export class CurrentSchemaGuard implements CanActivate {
  constructor(private readonly schema: SchemaWatch) {}

  canActivate(context: ExecutionContext): boolean {
    const { path } = context.switchToHttp().getRequest<Request>();
    if (!this.schema.isAhead || !path.startsWith('/v1/') || WITHIN.test(path)) return true;
    throw problem(503, 'This process is of an older version than the schema by now: try again, another will answer.', {
      kind: 'outdated-process',
    });
  }
}
