import type { Connect, ConnectionHandlers, TokenSource } from './connection.js';
import type { Frame } from './wire.js';

/** How long the server is to hold a poll while there is nothing to say. Unit: s. */
const longestWaitS = 25;
const shortestWaitS = 2;
/** So many that were held for all of a wait made shorter, and a longer one is tried; twice as many after each that fails. */
const heldToGrow = 3;
/** How much longer than that its answer may take: as long as the server may take to open. Unit: s. */
const graceS = 12;
/** A poll that was held so long and then failed was given up by somebody on its way. Unit: s. */
const heldS = 1;
/** Least time from the start of a poll to the next: while much happens, several frames share an answer. Unit: ms. */
const everyMs = 250;

/** As far as it is one: anything may have answered. */
interface Answer {
  frames?: Frame[];
}

/**
 * A stream's frames by one poll after another, where no stream comes through. To its reader it is one connection: of the greeting with
 * which each poll begins only what is new is given on, so that what comes between two polls is news as well.
 */
export function connectByPoll(token?: TokenSource): Connect {
  let waitS = longestWaitS;
  let held = 0;
  let heldWanted = heldToGrow / 2;

  async function ask(path: string, query: URLSearchParams, askedS: number, signal: AbortSignal): Promise<Response> {
    query.set('wait', String(askedS));
    const headers: Record<string, string> = { accept: 'application/json' };
    if (token) headers.authorization = `Bearer ${await token()}`;
    const timeout = AbortSignal.timeout((askedS + graceS) * 1000);
    return fetch(`${path}?${query.toString()}`, { headers, credentials: token ? 'omit' : 'include', cache: 'no-store', signal: AbortSignal.any([signal, timeout]) });
  }

  async function run(url: string, { onEvent, onLost, onAbsent }: ConnectionHandlers, signal: AbortSignal): Promise<void> {
    const [path = '', asked] = url.split('?');
    const query = new URLSearchParams(asked);
    let user: string | undefined;
    let preferences: string | undefined;
    let isLive = false;
    // A busy server counts later than it answers: what it counts then would be told at the end of the next wait.
    let owesCounts = false;
    // Whoever hears of something may let go at that.
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      const began = Date.now();
      // At once, until it is known that nothing was missed.
      const askedS = isLive && !owesCounts ? waitS : 0;
      let answer: Answer | undefined;
      let response: Response | undefined;
      try {
        response = await ask(path, query, askedS, signal);
        if (response.ok) answer = (await response.json()) as Answer;
      } catch {
        // Cut off, or what answered is not Belfry.
      }
      if (isOver()) return;
      const tookS = (Date.now() - began) / 1000;
      if (!answer?.frames) {
        if (askedS > 0 && tookS >= heldS) {
          waitS = Math.max(shortestWaitS, Math.min(waitS, Math.floor(tookS * 0.8)));
          heldWanted *= 2;
          held = 0;
        }
        const { status = 0 } = response ?? {};
        if (status === 404) onAbsent?.();
        else onLost(status >= 400 && status < 500 && status !== 429 && status !== 408, retryAfterMs(response));
        return;
      }
      if (askedS > 0 && tookS >= askedS && waitS < longestWaitS && ++held >= heldWanted) {
        waitS = Math.min(longestWaitS, waitS * 2);
        held = 0;
      }
      for (const { event, id, data } of answer.frames) {
        query.set('last_event_id', id);
        if (event === 'hello') {
          if (isLive && data.resumed && data.user === user) continue;
          user = data.user;
          isLive = false;
        }
        const text = JSON.stringify(data);
        if (event === 'preferences') {
          if (isLive && text === preferences) continue;
          preferences = text;
        }
        onEvent(event === 'ready' && isLive ? 'counts' : event, text, id);
        if (event === 'ready') isLive = true;
        if (event === 'notifications' || event === 'receipts') owesCounts = true;
        else if (event === 'ready' || event === 'counts') owesCounts = false;
        if (isOver()) return;
      }
      const restMs = askedS > 0 ? began + everyMs - Date.now() : 0;
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
  }

  return (url, handlers) => {
    const ending = new AbortController();
    void run(url, handlers, ending.signal);
    return { hearsHeartbeats: false, close: () => ending.abort() };
  };
}

function retryAfterMs(response: Response | undefined): number {
  const seconds = Number(response?.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? seconds * 1000 : 0;
}
