import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Config } from '../config/config.js';
import { CLIENT_DIR } from './assets.controller.js';
import { serveOpenApi } from './openapi.js';
import { ProblemFilter } from './problem.filter.js';
import { jsonBodiesOnly, loopbackNamesOnly } from './request-rules.js';
import { securityHeaders } from './security-headers.js';
import { ProblemValidationPipe } from './validation.pipe.js';

/** For `NestFactory.create`: the only parser of bodies is the one that `configureApp` adds. */
export const APP_OPTIONS = { bodyParser: false } as const;

/** A larger body is refused unread. */
const BODY_LIMIT = '64kb';

/** What every answer of the HTTP side has in common. Before `app.init()`. */
export function configureApp(app: NestExpressApplication, config: Config): void {
  app.disable('x-powered-by');
  app.use(securityHeaders);
  if (config.sampleSignIn) app.use(loopbackNamesOnly);
  if (config.corsOrigins.length > 0) allowOrigins(app, config.corsOrigins);
  app.use(jsonBodiesOnly);
  app.useBodyParser('json', { limit: BODY_LIMIT, type: ['application/json', '+json'] });
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
    maxAge: 600,
  });
}
