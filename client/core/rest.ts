import type { CountsBySeverity, Notification, Page, Severity } from './wire.js';

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
  ) {
    super(detail === '' ? title : `${title}: ${detail}`, options);
  }
}

export interface ListQuery {
  status?: 'unread' | 'read' | 'all';
  topic?: string;
  severity?: Severity;
  /** Notifications a page. */
  limit?: number;
  before?: string;
  after?: string;
}

interface Request {
  method?: 'GET' | 'PATCH' | 'POST';
  body?: unknown;
  signal?: AbortSignal;
  /** Goes out even if the page is left meanwhile. */
  keepalive?: boolean;
}

/** The calls under `/v1`. All fail with `BelfryError`; an abort fails with the signal's own reason. */
export class Rest {
  constructor(private readonly baseUrl: string) {}

  list(query: ListQuery = {}, signal?: AbortSignal): Promise<Page> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) search.set(name, String(value));
    return this.ask(`notifications?${search.toString()}`, signal ? { signal } : {}) as Promise<Page>;
  }

  get(id: string): Promise<Notification> {
    return this.ask(`notifications/${encodeURIComponent(id)}`) as Promise<Notification>;
  }

  counts(): Promise<CountsBySeverity> {
    return this.ask('notifications/counts') as Promise<CountsBySeverity>;
  }

  markRead(id: string): Promise<Notification> {
    return this.patch(id, 'read');
  }

  markUnread(id: string): Promise<Notification> {
    return this.patch(id, 'unread');
  }

  /** All up to this one; what arrives meanwhile stays unread. */
  async markAllRead(upTo: string): Promise<void> {
    await this.ask('notifications/read', { method: 'POST', body: { upTo } });
  }

  async markSeen(upTo: string): Promise<void> {
    await this.ask('notifications/seen', { method: 'POST', body: { upTo } });
  }

  private patch(id: string, what: 'read' | 'unread'): Promise<Notification> {
    const path = `notifications/${encodeURIComponent(id)}/${what}`;
    return this.ask(path, { method: 'PATCH', keepalive: true }) as Promise<Notification>;
  }

  private async ask(path: string, { method = 'GET', body, signal, keepalive = false }: Request = {}): Promise<unknown> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const headers: Record<string, string> = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      const response = await fetch(`${this.baseUrl}/v1/${path}`, {
        method,
        headers,
        credentials: 'include',
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
  let problem: { title?: unknown; detail?: unknown } = {};
  try {
    problem = (JSON.parse(text) ?? {}) as typeof problem;
  } catch {
    // Something in between answered, with a page of its own: the status says it.
  }
  const { title, detail } = problem;
  const fallback = statusText === '' ? `Status ${status}` : statusText;
  return new BelfryError(status, typeof title === 'string' ? title : fallback, typeof detail === 'string' ? detail : '');
}
