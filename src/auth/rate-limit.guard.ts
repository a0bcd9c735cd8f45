import { CanActivate, ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import type { AuthenticatedRequest } from './auth.guard.js';
import { RateLimits } from './rate-limits.js';

const UNCOUNTED = 'belfry:uncounted';

/** Requests to the handler, or to all of the controller, count towards no limit: what probes, loads files, or limits itself. */
export const Uncounted = () => SetMetadata(UNCOUNTED, true);

/** Refuses who comes too often, before anything is asked of the database; after AuthGuard, which says who it is. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly limits: RateLimits,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean>(UNCOUNTED, [context.getHandler(), context.getClass()])) return true;
    const http = context.switchToHttp();
    const request = http.getRequest<AuthenticatedRequest>();
    this.limits.count(request.principal, request, http.getResponse<Response>());
    return true;
  }
}
