import { createParser } from 'eventsource-parser';
import { frameEvents } from './wire.js';

/** What a connection tells of. Nothing after `close`, nor after it is lost. */
export interface ConnectionHandlers {
  onEvent: (event: string, data: string, id: string) => void;
  /** Something came that is no event: a comment, which the server sends as a heartbeat. */
  onLife: () => void;
  /** `refused`: there was an answer, and no stream in it. `waitMs`: not to be tried again before. */
  onLost: (refused: boolean, waitMs?: number) => void;
  /** There is no such thing at this server, an older one; instead of `onLost`. */
  onAbsent?: () => void;
}

export interface Connection {
  /** Whether heartbeats can be heard: then silence proves that it is lost. */
  readonly hearsHeartbeats: boolean;
  close(): void;
}

export type Connect = (url: string, handlers: ConnectionHandlers) => Connection;

/** A token for `Authorization: Bearer`, asked for at each connection and request: whoever gives it out keeps it fresh. */
export type TokenSource = () => string | Promise<string>;

/** A native EventSource, which sends the cookie. Its own way of reconnecting is not used: it ends for good at a proxy's 502. */
export const connectByCookie: Connect = (url, { onEvent, onLost }) => {
  const source = new EventSource(url, { withCredentials: true });
  for (const event of frameEvents) {
    source.addEventListener(event, ({ data, lastEventId }: MessageEvent<unknown>) => onEvent(event, String(data), lastEventId));
  }
  source.addEventListener('error', () => {
    const refused = source.readyState === EventSource.CLOSED;
    source.close();
    onLost(refused);
  });
  return { hearsHeartbeats: false, close: () => source.close() };
};

/** A stream of one's own by `fetch`, which can send a token where EventSource can't. */
export function connectByToken(token: TokenSource): Connect {
  return (url, handlers) => {
    const ending = new AbortController();
    void read(url, token, handlers, ending.signal).then((refused) => {
      if (!ending.signal.aborted) handlers.onLost(refused);
    });
    return { hearsHeartbeats: true, close: () => ending.abort() };
  };
}

/** @returns whether it was refused, once it is over */
async function read(url: string, token: TokenSource, { onEvent, onLife }: ConnectionHandlers, signal: AbortSignal): Promise<boolean> {
  try {
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${await token()}` };
    const { ok, body } = await fetch(url, { headers, credentials: 'omit', cache: 'no-store', signal });
    if (!ok || !body) return true;
    const parser = createParser({
      onEvent: ({ event = 'message', data, id = '' }) => {
        if (!signal.aborted) onEvent(event, data, id);
      },
      onComment: onLife,
    });
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) parser.feed(next.value);
  } catch {
    // Cut off, or let go of: it is over either way.
  }
  return false;
}
