import { Body, Controller, Get, Headers, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import type { Principal } from '../auth/principal.js';
import { problem } from '../ops/problem.js';
import { KeyReusedError, type Outcome, Publications, RefusedError } from './publications.repository.js';
import { IDEMPOTENCY_KEY, type Publication, publicationIdSchema, publishSchema } from './publish.schemas.js';

/** The scope that lets a token publish. */
const PUBLISH_SCOPE = 'publish';

/** What comes from no table, from programs that have no connection to the database. */
@ApiTags('publishing')
@ApiBearerAuth()
@Controller('v1')
export class PublishController {
  constructor(private readonly publications: Publications) {}

  @Post('notifications')
  @ApiOperation({
    summary: 'Publish a notification; needs the scope publish',
    description: 'Waits two seconds at most for the relay. With an Idempotency-Key, the same request sent again within a day is the same publication.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: '1 to 200 printable ASCII characters' })
  @ApiResponse({ status: 201, description: 'Sent; Location is the notification' })
  @ApiResponse({ status: 202, description: 'Taken, and not sent yet; Location tells what becomes of it' })
  @ApiResponse({ status: 403, description: 'The token lacks the scope publish' })
  @ApiResponse({ status: 422, description: 'The Idempotency-Key came with another body before' })
  async publish(
    @CurrentPrincipal() principal: Principal,
    @Headers('idempotency-key') key: string | undefined,
    @Body({ schema: publishSchema }) content: Publication,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Outcome> {
    mayPublish(principal);
    if (key !== undefined && !IDEMPOTENCY_KEY.test(key)) {
      throw problem(400, 'The Idempotency-Key is not as it has to be: expected 1 to 200 printable ASCII characters without a space.', { kind: 'invalid-input' });
    }
    const outcome = await this.publications.publish(principal.userId, key ?? null, content).catch((error: unknown) => {
      if (error instanceof RefusedError) throw problem(400, `The body is not as it has to be: ${error.message}.`, { kind: 'invalid-input', title: 'Invalid input' });
      if (error instanceof KeyReusedError) throw problem(422, 'This Idempotency-Key came with another body before: use a new one for another notification.', { kind: 'idempotency-key-reused' });
      throw error;
    });
    const sent = outcome.state === 'sent';
    response.status(sent ? 201 : 202);
    response.setHeader('Location', sent ? `/v1/notifications/${outcome.notification ?? ''}` : `/v1/publications/${outcome.publication}`);
    return outcome;
  }

  @Get('publications/:id')
  @ApiOperation({ summary: 'What became of a publication of yours; kept for a day' })
  async one(@CurrentPrincipal() principal: Principal, @Param('id', { schema: publicationIdSchema }) id: string): Promise<Outcome> {
    mayPublish(principal);
    const outcome = await this.publications.find(principal.userId, id);
    if (!outcome) throw problem(404, `There is no publication ${id} of yours, or it is older than a day.`);
    return outcome;
  }
}

function mayPublish({ scopes }: Principal): void {
  if (scopes.includes(PUBLISH_SCOPE)) return;
  throw problem(403, `The token has ${scopes.length === 0 ? 'no scope' : `the scopes ${scopes.join(' ')}`}, expected the scope ${PUBLISH_SCOPE}.`, { kind: 'scope' });
}
