import type { ServerResponse } from 'node:http';
import { Controller, Headers, Inject, type MessageEvent, Query, Req, Res, Sse } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Observable } from 'rxjs';
import { z } from 'zod';
import type { AuthenticatedRequest } from '../auth/auth.guard.js';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import type { Principal } from '../auth/principal.js';
import { Uncounted } from '../auth/rate-limit.guard.js';
import { RateLimits } from '../auth/rate-limits.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { CountsKeeper } from '../inbox/counts-keeper.service.js';
import { isWellFormedCursor } from '../journal/cursor.js';
import { JournalRepository } from '../journal/journal.repository.js';
import { Tail } from '../journal/tail.service.js';
import { problem } from '../ops/problem.js';
import { Hub } from './hub.service.js';
import { Outlet } from './outlet.js';
import { PulseService } from './pulse.service.js';
import { refuse, type Refusal } from './refusal.js';
import { Session, TOKEN_RENEWAL_MS } from './session.js';
import { MAX_PENDING_CHARACTERS, STREAM_LIMITS, type StreamLimits } from './stream.limits.js';

const NO_RAW_HEADERS: string[] = [];
const NO_HEADERS = {};
/** Headers that say what a page may do; a stream is none, and keeps its head as long as it lives. */
const OF_PAGES = ['Content-Security-Policy', 'Referrer-Policy', 'Cross-Origin-Opener-Policy'];
/** What Express put onto a request to route it. */
const OF_EXPRESS = { _parsedUrl: undefined, next: undefined, route: undefined, params: undefined, body: undefined };

const streamSchema = z.strictObject({
  last_event_id: z.string().optional(),
  metrics: z.enum(['0', '1']).optional(),
});

@ApiTags('stream')
@ApiBearerAuth()
@Controller('v1')
export class StreamController {
  private readonly onFailure = (what: string, error: Error): void => this.hub.noteFailure(what, error);

  constructor(
    private readonly hub: Hub,
    private readonly tail: Tail,
    private readonly journal: JournalRepository,
    private readonly counts: CountsKeeper,
    private readonly pulse: PulseService,
    private readonly rates: RateLimits,
    @Inject(STREAM_LIMITS) private readonly limits: StreamLimits,
    @Inject(CONFIG) private readonly config: Config,
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
    const cursor = lastEventId ?? query.last_event_id;
    if (cursor !== undefined && !isWellFormedCursor(cursor)) {
      throw problem(400, 'The event id to resume after is not 1 to 64 characters of A-Z a-z 0-9 . _ - : send one that a frame had, or none.');
    }
    const wantsMetrics = query.metrics === '1';
    if (wantsMetrics && !principal.roles.includes(this.config.metricsRole)) {
      throw problem(403, `metrics=1 is for the role ${this.config.metricsRole}, which this token does not have.`);
    }
    const { userId, expiresAt } = principal;
    const refusal = this.refusal(principal);
    if (refusal) return refuse({ userId, cursor }, refusal, this.tail.headCursor, this.limits);

    const outlet = new Outlet(response, this.limits.stallMs);
    letGo(request, response);
    return new Observable((subscriber) => {
      const counts = this.counts.of(principal);
      const session = new Session(
        { userId, channels: counts.channels, expiresAt, cursor, onFailure: this.onFailure },
        this.tail,
        this.journal,
        counts,
        this.hub.frames,
        outlet,
        this.limits,
      );
      // Heard from first: what comes while it opens is not missed.
      this.hub.add(session);
      session.open(subscriber);
      if (wantsMetrics) this.pulse.add(session);
      return () => {
        this.hub.remove(session);
        this.pulse.remove(session);
        session.close();
      };
    });
  }

  /** Why no stream is opened at the moment; said in the stream, so that the client comes back. */
  private refusal({ userId, expiresAt }: Principal): Refusal | undefined {
    if (this.hub.isDraining) return { reason: 'drain', reconnectInMs: this.hub.drainDelay() };
    // Let in on what the clocks may differ by: a stream would end as it begins, over and over.
    if (expiresAt.getTime() <= Date.now()) return { reason: 'token', reconnectInMs: TOKEN_RENEWAL_MS };
    // More of this admin's than there is room for, as where a ninth stream displaces the first.
    const wait = this.rates.streams.take(userId);
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
