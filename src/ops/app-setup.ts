import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { DynamicModule, LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Config } from '../config/config.js';
import { CLIENT_DIR } from './client-files.js';
import { type BoundedServer, HttpAdapter } from './http-adapter.js';
import { createLogger } from './logger.js';
import { serveOpenApi } from './openapi.js';
import { ProblemFilter } from './problem.filter.js';
import { boundedHeads, jsonBodiesOnly, loopbackNamesOnly } from './request-rules.js';
import { securityHeaders } from './security-headers.js';
import { ProblemValidationPipe } from './validation.pipe.js';

/** A larger body is refused unread, and a compressed one whatever its size: no caller of ours sends any. */
const BODY_LIMIT = '64kb';

/**
 * The application of a module, with all that `configureApp` adds; neither initialised nor listening yet.
 *
 * @param server to stand behind, its requests led on by the caller; default one of its own
 */
export async function createApp(
  module: Type | DynamicModule,
  config: Config,
  logger: LoggerService | false = createLogger(config),
  server?: BoundedServer,
): Promise<NestExpressApplication> {
  // The only parser of bodies is the one added below; a start that fails is the caller's to report.
  const options = { bodyParser: false, abortOnError: false, logger };
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's option types are classes
  const app = await NestFactory.create<NestExpressApplication>(module, new HttpAdapter(server), options);
  configureApp(app, config);
  return app;
}

/** What every answer of the HTTP side has in common. Before `app.init()`. */
export function configureApp(app: NestExpressApplication, config: Config): void {
  app.disable('x-powered-by');
  // `request.ip`, by which strangers are told apart, is the peer's unless the peer is a proxy named as trusted.
  app.set('trust proxy', config.trustedProxies);
  app.use(securityHeaders);
  if (config.sampleSignIn) app.use(loopbackNamesOnly);
  if (config.corsOrigins.length > 0) allowOrigins(app, config.corsOrigins);
  app.use(boundedHeads);
  app.use(jsonBodiesOnly);
  app.useBodyParser('json', { limit: BODY_LIMIT, type: ['application/json', '+json'], inflate: false });
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new ProblemValidationPipe());
  if (config.sample) {
    app.useStaticAssets(join(CLIENT_DIR, 'sample'), {
      setHeaders: (response: ServerResponse) => response.setHeader('Cache-Control', 'no-cache'),
    });
  }
  serveOpenApi(app);
}

/** By name only: an answer to any origin (`*`) is never one with an admin's cookie. */
function allowOrigins(app: NestExpressApplication, origins: string[]): void {
  app.enableCors({
    origin: origins,
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'Last-Event-ID'],
    exposedHeaders: ['Retry-After', 'WWW-Authenticate'],
    // Browsers ask again after this many seconds.
    maxAge: 600,
  });
}
