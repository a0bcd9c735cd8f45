import type { TokenSource } from './connection.js';
import type { CountsBySeverity, Notification, Page, Preferences, Severity } from './wire.js';

/** Most ids that one request may name. */
const mostIds = 1_000;
/** Longest wait for an answer. Unit: ms. */
const timeoutMs = 15_000;

/** What was asked and refused: the problem document (RFC 9457) of the answer, or what stands in for it. */
export class BelfryError extends Error {
  override readonly name = 'BelfryError';

  /** `status` 0: no answer at all. */
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    options?: ErrorOptions,
    /** Who has what one wanted to claim or release; undefined for any other error. */
    readonly claimedBy?: string,
  ) {
    super(detail === '' ? title : `${title}: ${detail}`, options);
  }
}

export interface ListQuery {
  status?: 'unread' | 'read' | 'all';
  /** One of these. */
  topic?: string | readonly string[];
  severity?: Severity | readonly Severity[];
  /** Addressed to the admin by name. */
  mine?: boolean;
  /** What was put away, and nothing else. */
  archived?: boolean;
  snoozed?: boolean;
  /** Words that all occur in title or body; a page may hold fewer than there are, and say where to go on. */
  q?: string;
  /** Notifications a page. */
  limit?: number;
  before?: string;
  after?: string;
}

/** What takes a mark of all back: from which watermark to which it went, and what had been marked as unread by itself before. */
export interface Undo {
  upTo: string;
  after: string;
  ids: string[];
}

/** What can be done to several ids in one request. */
export type ManyVerb = 'read' | 'unread' | 'archive' | 'unarchive';

interface Request {
  method?: 'GET' | 'PATCH' | 'POST' | 'PUT';
  body?: unknown;
  signal?: AbortSignal;
  /** Goes out even if the page is left meanwhile. */
  keepalive?: boolean;
}

/** The calls under `/v1`. All fail with `BelfryError`; an abort fails with the signal's own reason. */
export class Rest {
  /** Without a token the browser's cookie goes with each call. */
  constructor(private readonly baseUrl: string, private readonly token?: TokenSource) {}

  list(query: ListQuery = {}, signal?: AbortSignal): Promise<Page> {
    const search = new URLSearchParams();
    // Several of one are joined by commas, as the server takes them; of none there is nothing to ask.
    for (const [name, value] of Object.entries(query) as [string, unknown][]) if (String(value) !== '') search.set(name, String(value));
    return this.ask(`notifications?${search.toString()}`, signal ? { signal } : {}) as Promise<Page>;
  }

  get(id: string): Promise<Notification> {
    return this.ask(`notifications/${encodeURIComponent(id)}`) as Promise<Notification>;
  }

  counts(): Promise<CountsBySeverity> {
    return this.ask('notifications/counts') as Promise<CountsBySeverity>;
  }

  /** All up to this one; what arrives meanwhile stays unread. @returns what takes it back; null where nothing was unread, undefined from a server before this */
  async markAllRead(upTo: string): Promise<Undo | null | undefined> {
    const { undo } = (await this.ask('notifications/read', { method: 'POST', body: { upTo } })) as { undo?: Undo | null };
    return undo;
  }

  /** Takes a mark of all back. */
  async takeBack(undo: Undo): Promise<void> {
    await this.ask('notifications/unread', { method: 'POST', body: undo, keepalive: true });
  }

  async markSeen(upTo: string): Promise<void> {
    await this.ask('notifications/seen', { method: 'POST', body: { upTo } });
  }

  /** To one, or to several at once; what is not there for the admin to see fails alone, and is passed over among others. */
  async mark(verb: ManyVerb, ids: readonly string[]): Promise<void> {
    const [first] = ids;
    if (ids.length === 1 && first !== undefined) await this.patch(first, verb);
    else for (let from = 0; from < ids.length; from += mostIds) {
      await this.ask(`notifications/${verb}`, { method: 'POST', body: { ids: ids.slice(from, from + mostIds) }, keepalive: true });
    }
  }

  /** What is everybody's: the second who claims fails with 409, and `claimedBy` in the error. */
  do(verb: 'claim' | 'release' | 'resolve' | 'unsnooze', id: string): Promise<Notification> {
    return this.patch(id, verb);
  }

  snooze(id: string, until: Date): Promise<Notification> {
    return this.patch(id, 'snooze', { until: until.toISOString() });
  }

  preferences(): Promise<Preferences> {
    return this.ask('preferences') as Promise<Preferences>;
  }

  /** Replaces them whole. */
  setPreferences(preferences: Preferences): Promise<Preferences> {
    return this.ask('preferences', { method: 'PUT', body: preferences, keepalive: true }) as Promise<Preferences>;
  }

  /** What the rules in force are named by. */
  async topics(): Promise<string[]> {
    const { data } = (await this.ask('rules')) as { data: { topic: string }[] };
    return data.map(({ topic }) => topic);
  }

  private patch(id: string, what: string, body?: object): Promise<Notification> {
    const path = `notifications/${encodeURIComponent(id)}/${what}`;
    return this.ask(path, { method: 'PATCH', keepalive: true, ...(body && { body }) }) as Promise<Notification>;
  }

  private async ask(path: string, { method = 'GET', body, signal, keepalive = false }: Request = {}): Promise<unknown> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const headers: Record<string, string> = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      if (this.token) headers.authorization = `Bearer ${await this.token()}`;
      const response = await fetch(`${this.baseUrl}/v1/${path}`, {
        method,
        headers,
        credentials: this.token ? 'omit' : 'include',
        cache: 'no-store',
        keepalive,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw toError(response, text);
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    } catch (error) {
      if (error instanceof BelfryError || signal?.aborted) throw error;
      throw new BelfryError(0, 'No answer from the notification server', '', { cause: error });
    }
  }
}

function toError({ status, statusText }: Response, text: string): BelfryError {
  let problem: { title?: unknown; detail?: unknown; claimedBy?: unknown } = {};
  try {
    problem = (JSON.parse(text) ?? {}) as typeof problem;
  } catch {
    // Something in between answered, with a page of its own: the status says it.
  }
  const { title, detail, claimedBy } = problem;
  const fallback = statusText === '' ? `Status ${status}` : statusText;
  return new BelfryError(status, typeof title === 'string' ? title : fallback, typeof detail === 'string' ? detail : '', {},
    typeof claimedBy === 'string' ? claimedBy : undefined);
}
