import { DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Config } from '../config/config.js';
import { AuthGuard, PUBLIC_PATHS } from './auth.guard.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RateLimits } from './rate-limits.js';
import { SAMPLE_SECRET, SampleSignInController } from './sample-sign-in.controller.js';
import { sampleSecret } from './sample-secret.js';
import { TokenVerifier } from './token-verifier.js';

/** What the composing module knows and this one doesn't. */
export interface AuthOptions {
  /** Path prefixes of others' handlers that need no token. Default none. */
  publicPaths?: string[];
}

/** Guards every route, by who asks and how often; in the sample, signs its admins in. */
@Module({})
export class AuthModule {
  static forRoot(config: Config, options: AuthOptions = {}): DynamicModule {
    const secret = config.jwt.secret ?? (config.sampleSignIn ? sampleSecret(config.dataDir) : undefined);
    const jwt = { ...config.jwt, ...(secret !== undefined && { secret }) };
    return {
      module: AuthModule,
      global: true,
      controllers: config.sampleSignIn ? [SampleSignInController] : [],
      providers: [
        { provide: TokenVerifier, useFactory: () => new TokenVerifier(jwt) },
        { provide: PUBLIC_PATHS, useValue: options.publicPaths ?? [] },
        { provide: SAMPLE_SECRET, useValue: secret },
        { provide: RateLimits, useValue: new RateLimits(config.limits) },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_GUARD, useClass: RateLimitGuard },
      ],
      exports: [TokenVerifier, RateLimits],
    };
  }
}
