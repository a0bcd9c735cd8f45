import type { ServerResponse } from 'node:http';
import { Controller, Headers, Inject, type MessageEvent, Query, Req, Res, Sse } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Observable } from 'rxjs';
import type { z } from 'zod';
import type { AuthenticatedRequest } from '../auth/auth.guard.js';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import type { Principal } from '../auth/principal.js';
import { Uncounted } from '../auth/rate-limit.guard.js';
import { RateLimits } from '../auth/rate-limits.js';
import { Tail } from '../journal/tail.service.js';
import { Outlet } from './outlet.js';
import { refuse, type Refusal } from './refusal.js';
import { SessionOpener, streamSchema } from './session-opener.service.js';
import { MAX_PENDING_CHARACTERS, STREAM_LIMITS, type StreamLimits } from './stream.limits.js';

const NO_RAW_HEADERS: string[] = [];
const NO_HEADERS = {};
/** Headers that say what a page may do; a stream is none, and keeps its head as long as it lives. */
const OF_PAGES = ['Content-Security-Policy', 'Referrer-Policy', 'Cross-Origin-Opener-Policy'];
/** What Express put onto a request to route it. */
const OF_EXPRESS = { _parsedUrl: undefined, next: undefined, route: undefined, params: undefined, body: undefined };

@ApiTags('stream')
@ApiBearerAuth()
@Controller('v1')
export class StreamController {
  constructor(
    private readonly opener: SessionOpener,
    private readonly tail: Tail,
    private readonly rates: RateLimits,
    @Inject(STREAM_LIMITS) private readonly limits: StreamLimits,
  ) {}

  @Uncounted()
  @Sse('stream', { maxPendingDataLength: MAX_PENDING_CHARACTERS })
  @ApiOperation({
    summary: 'The admin’s stream of server-sent events',
    description: 'Resumes after the event id in the Last-Event-ID header, else in last_event_id.',
  })
  stream(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: streamSchema }) query: z.output<typeof streamSchema>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Observable<MessageEvent> {
    const asked = this.opener.check(principal, query, lastEventId);
    const refusal = this.refusal(principal);
    if (refusal) return refuse({ userId: principal.userId, cursor: asked.cursor }, refusal, this.tail.headCursor, this.limits);

    const outlet = new Outlet(response, this.limits.stallMs);
    letGo(request, response);
    return new Observable((subscriber) => {
      const session = this.opener.open(asked, outlet, subscriber);
      return () => this.opener.close(session);
    });
  }

  /** Why no stream is opened at the moment; said in the stream, so that the client comes back. */
  private refusal(principal: Principal): Refusal | undefined {
    const refusal = this.opener.refusal(principal);
    if (refusal) return refusal;
    // More of this admin's than there is room for, as where a ninth stream displaces the first.
    const wait = this.rates.streams.take(principal.userId);
    return wait === 0 ? undefined : { reason: 'displaced', reconnectInMs: wait };
  }
}

/** A request lives as long as its stream. What it said has been read: nobody needs its headers any more, least of all the token. */
function letGo(request: AuthenticatedRequest, response: ServerResponse): void {
  request.rawHeaders = NO_RAW_HEADERS;
  request.headers = NO_HEADERS;
  request.principal = undefined;
  Object.assign(request, OF_EXPRESS);
  Object.assign(response, { locals: undefined });
  for (const header of OF_PAGES) response.removeHeader(header);
}
