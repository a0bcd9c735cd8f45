import { Inject, Injectable } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import type { Subscriber } from 'rxjs';
import { z } from 'zod';
import type { Principal } from '../auth/principal.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { CountsKeeper } from '../inbox/counts-keeper.service.js';
import { isWellFormedCursor } from '../journal/cursor.js';
import { JournalRepository } from '../journal/journal.repository.js';
import { Tail } from '../journal/tail.service.js';
import { problem } from '../ops/problem.js';
import { TOKEN_RENEWAL_MS } from './goodbye.js';
import { Hub } from './hub.service.js';
import type { WayOut } from './outlet.js';
import { PulseService } from './pulse.service.js';
import type { Refusal } from './refusal.js';
import { Session } from './session.js';
import { STREAM_LIMITS, type StreamLimits } from './stream.limits.js';
import type { Supply } from './taking.js';

/** What a stream and a poll are both asked with. */
export const streamSchema = z.strictObject({
  last_event_id: z.string().optional(),
  metrics: z.enum(['0', '1']).optional(),
});

/** What somebody asks for, checked. */
export interface Asked {
  principal: Principal;
  /** The client's cursor as it came, undefined on a first visit. */
  cursor: string | undefined;
  wantsMetrics: boolean;
}

/** Opens sessions for those who ask, whichever way their frames go out. */
@Injectable()
export class SessionOpener {
  private readonly supply: Supply;
  private readonly onFailure = (what: string, error: Error): void => this.hub.noteFailure(what, error);

  constructor(
    private readonly hub: Hub,
    tail: Tail,
    journal: JournalRepository,
    private readonly counts: CountsKeeper,
    private readonly pulse: PulseService,
    @Inject(STREAM_LIMITS) limits: StreamLimits,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.supply = { tail, journal, frames: hub.frames, limits, waitingRoom: hub.waitingRoom };
  }

  /** @throws 400 for what is no event id, 403 for metrics that are not this admin's to see */
  check(principal: Principal, query: z.output<typeof streamSchema>, lastEventId: string | undefined): Asked {
    const cursor = lastEventId ?? query.last_event_id;
    if (cursor !== undefined && !isWellFormedCursor(cursor)) {
      throw problem(400, 'The event id to resume after is not 1 to 64 characters of A-Z a-z 0-9 . _ - : send one that a frame had, or none.');
    }
    const wantsMetrics = query.metrics === '1';
    if (wantsMetrics && !principal.roles.includes(this.config.metricsRole)) {
      throw problem(403, `metrics=1 is for the role ${this.config.metricsRole}, which this token does not have.`);
    }
    return { principal, cursor, wantsMetrics };
  }

  /** Why no session is opened at the moment; undefined when one may be. */
  refusal({ expiresAt }: Principal): Refusal | undefined {
    if (this.hub.isDraining) return { reason: 'drain', reconnectInMs: this.hub.drainDelay() };
    // Let in on what the clocks may differ by: a stream would end as it begins, over and over.
    if (expiresAt.getTime() <= Date.now()) return { reason: 'token', reconnectInMs: TOKEN_RENEWAL_MS };
    return undefined;
  }

  /** To be closed, whichever way it ends. */
  open({ principal, cursor, wantsMetrics }: Asked, wayOut: WayOut, subscriber: Subscriber<MessageEvent>, isPoll = false): Session {
    const { userId, expiresAt } = principal;
    const counts = this.counts.of(principal);
    const session = new Session(
      { userId, channels: counts.channels, expiresAt, cursor, isPoll, onFailure: this.onFailure },
      this.supply,
      counts,
      wayOut,
    );
    // Heard from first: what comes while it opens is not missed.
    this.hub.add(session);
    session.open(subscriber);
    if (wantsMetrics) this.pulse.add(session);
    return session;
  }

  close(session: Session): void {
    this.hub.remove(session);
    this.pulse.remove(session);
    session.close();
  }
}
