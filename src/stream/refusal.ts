import type { MessageEvent } from '@nestjs/common';
import { from, type Observable } from 'rxjs';
import type { GoodbyeReason } from './goodbye.js';
import type { StreamLimits } from './stream.limits.js';

/** Why a request for a stream gets none now, and in how many milliseconds it may ask again. */
export interface Refusal {
  reason: GoodbyeReason;
  reconnectInMs: number;
}

/** Who asked for a stream. */
export interface Asker {
  userId: string;
  /** The client's cursor as it came, undefined on a first visit. */
  cursor: string | undefined;
}

/**
 * What a stream that is not to be opened answers: 200, a `goodbye`, and the end. A browser's own EventSource takes any other
 * status as final and never comes back; this it obeys (`retry:`), and it keeps the cursor that it had.
 *
 * Who has no cursor yet is greeted first as on any first visit, and given the journal's end: a frame without an id would be
 * given one of Nest's own.
 *
 * @param head the event id of the journal's end
 */
export function refuse({ userId, cursor }: Asker, { reason, reconnectInMs }: Refusal, head: string, limits: StreamLimits): Observable<MessageEvent> {
  const { retryMs, heartbeatMs } = limits;
  const goodbye = { type: 'goodbye', id: cursor ?? head, retry: reconnectInMs, data: { reason, reconnectInMs } };
  if (cursor !== undefined) return from([goodbye]);
  return from([{ type: 'hello', id: head, retry: retryMs, data: { user: userId, resumed: false, retryMs, heartbeatMs } }, goodbye]);
}
