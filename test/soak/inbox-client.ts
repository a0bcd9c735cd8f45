import { nameOf, type Received } from '../support/ledger.js';
import type { Count } from '../support/oracle-marks.js';

/** How long an answer may take before it is asked for again elsewhere, in milliseconds. */
const PATIENCE_MS = 10_000;

export interface Listed extends Received {
  isRead: boolean;
}

interface Page {
  data: { id: string; source: { table: string; key: string }; readAt: string | null }[];
  pageInfo: { before: string | null; hasMore: boolean };
}

/** A REST call as this token's admin, below `/v1/notifications`. @throws when it is not answered, or not with 200 */
export async function call(url: string, token: string, path: string, body?: object): Promise<unknown> {
  const { status, text } = await answerOf(url, token, body ? 'POST' : 'GET', `/notifications${path}`, body);
  if (status !== 200) throw new Error(`${path} was answered with ${status}: ${text}`);
  return JSON.parse(text);
}

/** Any call as this token's admin, below `/v1`. @throws when it is not answered */
export async function answerOf(url: string, token: string, method: string, path: string, body?: object): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

/** The whole inbox, page by page. */
export async function listInbox(url: string, token: string): Promise<Listed[]> {
  const listed = new Map<string, Listed>();
  let before = '';
  for (;;) {
    const { data, pageInfo } = (await call(url, token, `?limit=100${before}`)) as Page;
    for (const { id, source, readAt } of data) listed.set(`${nameOf(source)} ${id}`, { id, ...source, isRead: readAt !== null });
    if (!pageInfo.hasMore) return [...listed.values()];
    before = `&before=${pageInfo.before}`;
  }
}

export async function unreadCount(url: string, token: string): Promise<Count> {
  return ((await call(url, token, '/counts')) as { unread: Count }).unread;
}
