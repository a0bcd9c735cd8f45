import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { TOKEN_COOKIE } from '../auth/credentials.js';

/** The API's description: a page at /docs, the document at /docs/openapi.json. Public; made when first asked for. */
export function serveOpenApi(app: NestExpressApplication): void {
  const description = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Belfry')
    .setDescription('The admin notification center for PostgreSQL. Errors are RFC 9457 problem documents.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addCookieAuth(TOKEN_COOKIE)
    .addSecurityRequirements('bearer')
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description), {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Belfry API',
  });
}
