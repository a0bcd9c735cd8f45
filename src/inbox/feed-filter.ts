import type { Severity } from '../journal/notification.js';

/** What a list is asked for. */
export interface FeedFilter {
  status: 'unread' | 'read' | 'all';
  /** One of these; undefined: any. */
  topics?: readonly string[] | undefined;
  severities?: readonly Severity[] | undefined;
  /** None of these, but in the archive and of what sleeps. Who asks for topics by name asks for these too, and gives none here. */
  muted?: readonly string[];
  /** Only what is addressed to the admin by name. */
  mine?: boolean;
  /** Words that all occur in title or body, in whatever case. */
  q?: string | undefined;
  archived: boolean;
  /** What sleeps, and nothing else. */
  snoozed: boolean;
  limit: number;
  /** Only what has its place below this, the ones next to it. */
  before?: bigint | undefined;
  /** Only what has its place above this, the ones next to it. */
  after?: bigint | undefined;
}
