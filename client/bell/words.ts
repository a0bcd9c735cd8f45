import type { Status } from '../core/stream.js';
import type { Count, Notification, Severity } from '../core/wire.js';

/** Everything the bell says. */
export const severityWords: Record<Severity, string> = {
  info: 'Information', success: 'Success', warning: 'Warning', critical: 'Critical',
};

export const statusWords: Record<Status, string> = {
  connecting: 'Connecting…',
  live: 'Live',
  offline: 'Offline, trying again…',
  'signed-out': 'Signed out',
  stopped: 'Not connected',
};

/** What fits into the badge. */
export function badgeText({ count, capped }: Count): string {
  return capped || count > 999 ? '999+' : String(count);
}

/** The bell's accessible name: "Notifications, 3 unread". */
export function bellName(label: string, unread: Count | undefined, status: Status): string {
  const parts = [label];
  if (unread?.capped) parts.push(`more than ${unread.count - 1} unread`);
  else if (unread && unread.count > 0) parts.push(`${unread.count} unread`);
  if (status === 'offline') parts.push('offline');
  if (status === 'signed-out') parts.push('signed out');
  return parts.join(', ');
}

/** One line for all that came at about one time, for toast and screen reader. */
export function newsText(news: readonly Notification[]): string {
  const newest = news.at(-1);
  if (!newest) return '';
  const urgent = newest.severity === 'warning' || newest.severity === 'critical';
  const title = urgent ? `${severityWords[newest.severity]}: ${newest.title}` : newest.title;
  return news.length === 1 ? title : `${news.length} new notifications. ${title}`;
}
