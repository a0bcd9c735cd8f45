import type { ListQuery } from './rest.js';
import type { Notification, Severity } from './wire.js';

/** Which of an inbox's lists, and what of it. */
export interface FeedQuery {
  /** `mine`: addressed to the admin by name. Default: all. */
  tab?: 'all' | 'unread' | 'mine' | 'archived' | 'snoozed';
  topics?: readonly string[];
  severities?: readonly Severity[];
  /** Words that all occur in title or body. */
  q?: string;
}

/** Most users that a notification names. */
const mostMentions = 20;

/** As the server is asked for it. */
export function asked({ tab = 'all', topics, severities, q }: FeedQuery): ListQuery {
  return {
    ...(tab === 'unread' && { status: tab }),
    ...((tab === 'mine' || tab === 'archived' || tab === 'snoozed') && { [tab]: true }),
    ...(topics && { topic: topics }),
    ...(severities && { severity: severities }),
    ...(q !== undefined && q !== '' && { q }),
  };
}

/** Whether what a frame tells of is plainly of the list. What words are found in, and what is put away, only the server says. */
export function isOfList({ tab, topics, severities, q }: FeedQuery, { topic, severity, mentions = [] }: Notification, user: string | undefined): boolean {
  if (tab === 'archived' || tab === 'snoozed' || (q !== undefined && q !== '')) return false;
  if (tab === 'mine' && (user === undefined || !mentions.includes(user))) return false;
  return topics?.includes(topic) !== false && severities?.includes(severity) !== false;
}

/** Whether a notification may be addressed to the user by name, and the server is to be asked. */
export function mayName({ mentions }: Notification, user: string | undefined): boolean {
  // A server that does not say, or more than it names.
  if (!mentions || mentions.length >= mostMentions || user === undefined) return true;
  return mentions.includes(user);
}
