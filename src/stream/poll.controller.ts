import type { ServerResponse } from 'node:http';
import { Controller, Get, Headers, Inject, type MessageEvent, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Observable } from 'rxjs';
import { z } from 'zod';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import type { Principal } from '../auth/principal.js';
import { Tail } from '../journal/tail.service.js';
import { Poll } from './poll.js';
import { refuse } from './refusal.js';
import { SessionOpener, streamSchema } from './session-opener.service.js';
import { STREAM_LIMITS, type StreamLimits } from './stream.limits.js';

/** Seconds; under the 60 after which proxies give up on a server that says nothing. */
const LONGEST_WAIT = 55;
const WAIT_EXPECTED = `expected a whole number of seconds from 0 to ${LONGEST_WAIT}`;

const pollSchema = streamSchema.extend({
  wait: z
    .string()
    .regex(/^\d{1,2}$/, WAIT_EXPECTED)
    .transform(Number)
    .refine((wait) => wait <= LONGEST_WAIT, WAIT_EXPECTED)
    .default(25),
});

/** The stream where none comes through: its frames, an answer at a time. */
@ApiTags('stream')
@ApiBearerAuth()
@Controller('v1')
export class PollController {
  constructor(
    private readonly opener: SessionOpener,
    private readonly tail: Tail,
    @Inject(STREAM_LIMITS) private readonly limits: StreamLimits,
  ) {}

  @Get('stream/poll')
  @ApiOperation({
    summary: 'The stream’s next frames as JSON, where a proxy lets no stream through',
    description:
      'Answers at once where there is something after last_event_id (or the Last-Event-ID header), where there is none, or with wait=0; else as soon as ' +
      `there is, or after wait seconds (default 25, at most ${LONGEST_WAIT}). Ask again with the cursor of the answer.`,
  })
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['frames', 'cursor'],
      properties: {
        frames: {
          type: 'array',
          items: { type: 'object', required: ['event', 'id', 'data'], properties: { event: { type: 'string' }, id: { type: 'string' }, data: {} } },
        },
        cursor: { type: 'string', description: 'The id of the last frame.' },
      },
    },
  })
  async poll(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: pollSchema }) { wait, ...query }: z.output<typeof pollSchema>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<string> {
    const asked = this.opener.check(principal, query, lastEventId);
    const { cursor } = asked;
    const refusal = this.opener.refusal(principal);
    const poll = new Poll({ cursor, waitMs: wait * 1_000 });
    const frames = refusal
      ? refuse({ userId: principal.userId, cursor }, refusal, this.tail.headCursor, this.limits)
      : new Observable<MessageEvent>((subscriber) => {
          const session = this.opener.open(asked, poll, subscriber, true);
          poll.session = session;
          return () => this.opener.close(session);
        });
    const subscription = frames.subscribe(poll);
    if (response.destroyed) poll.abandon();
    else response.once('close', () => poll.abandon());
    try {
      const body = await poll.answer;
      response.setHeader('Content-Type', 'application/json; charset=utf-8');
      return body;
    } finally {
      subscription.unsubscribe();
    }
  }
}
