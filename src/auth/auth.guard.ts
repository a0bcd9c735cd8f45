import {
  CanActivate,
  ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  Logger,
  ServiceUnavailableException,
  SetMetadata,
  UnauthorizedException,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { credentialsOf } from './credentials.js';
import { KeysUnavailableError } from './issuer-keys.js';
import { isOwnOrigin, isUnsafe } from './own-origin.js';
import type { Principal } from './principal.js';
import { RateLimits } from './rate-limits.js';
import { TokenError, TokenVerifier } from './token-verifier.js';

const PUBLIC = 'belfry:public';

/** The handler, or all of the controller, answers without a token. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Injects the path prefixes that need no token although their handlers know nothing of `@Public()`. */
export const PUBLIC_PATHS = Symbol('PublicPaths');

/** A request the guard has let in. */
export interface AuthenticatedRequest extends Request {
  principal?: Principal | undefined;
}

/** Lets a request in with a good token, or to what is public; for every route, as APP_GUARD. */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly logger = new Logger('Auth');

  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
    private readonly limits: RateLimits,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(PUBLIC_PATHS) private readonly publicPaths: string[],
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const credentials = credentialsOf(request.headers);
    const bearer = credentials !== undefined && 'token' in credentials && credentials.from === 'bearer';
    if (isUnsafe(request.method) && !bearer && !isOwnOrigin(request.headers, this.config.corsOrigins)) {
      throw new ForbiddenException(
        `The request comes from a page of ${request.headers.origin ?? 'another site'}, expected one of this server ` +
          'or of an origin in BELFRY_CORS_ORIGINS; other callers send the token as a bearer token.',
      );
    }
    if (this.isPublic(context, request.path)) return true;

    const response = context.switchToHttp().getResponse<Response>();
    if (credentials === undefined) {
      this.limits.count(undefined, request, response);
      response.setHeader('WWW-Authenticate', 'Bearer realm="belfry"');
      throw new UnauthorizedException('There is no token; send it as Authorization: Bearer <token>, or sign in.');
    }
    if ('malformed' in credentials) throw this.refused(request, response, credentials.malformed);
    try {
      request.principal = await this.verifier.verify(credentials.token);
    } catch (error) {
      if (error instanceof TokenError) throw this.refused(request, response, error.message);
      if (!(error instanceof KeysUnavailableError)) throw error;
      this.logger.error(`${error.message} ${String(error.cause)}`);
      response.setHeader('Retry-After', '5');
      throw new ServiceUnavailableException(error.message);
    }
    return true;
  }

  /** RFC 6750: a token that was sent and is no good. */
  private refused(request: Request, response: Response, reason: string): UnauthorizedException {
    this.limits.count(undefined, request, response);
    const quoted = reason.replace(/[^\x20-\x7e]|["\\]/g, "'");
    response.setHeader('WWW-Authenticate', `Bearer realm="belfry", error="invalid_token", error_description="${quoted}"`);
    return new UnauthorizedException(reason);
  }

  private isPublic(context: ExecutionContext, path: string): boolean {
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    return this.publicPaths.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  }
}
