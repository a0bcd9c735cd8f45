import type { Status } from '../core/stream.js';
import type { Severity } from '../core/wire.js';

/** What a sentence needs of its language: how a number is written, and which plural it takes. */
export interface Numerals {
  number: (n: number) => string;
  plural: (n: number) => Intl.LDMLPluralRule;
}

/** English, and the list of all that the bell says: what is added here is asked for in every other catalog by its type. */
export const en = {
  notifications: 'Notifications',
  severity: { info: 'Information', success: 'Success', warning: 'Warning', critical: 'Critical' } as Record<Severity, string>,
  status: {
    connecting: 'Connecting…',
    live: 'Live',
    offline: 'Offline, trying again…',
    'signed-out': 'Signed out',
    stopped: 'Not connected',
  } as Record<Status, string>,
  /** Between the parts of the bell's name. */
  comma: ', ',
  unread: (n: number, { number }: Numerals) => `${number(n)} unread`,
  moreThanUnread: (n: number, { number }: Numerals) => `more than ${number(n)} unread`,
  offline: 'offline',
  signedOut: 'signed out',
  /** Before what is urgent, read out or in a toast. */
  urgent: (severity: string, title: string) => `${severity}: ${title}`,
  several: (n: number, newest: string, { number }: Numerals) => `${number(n)} new notifications. ${newest}`,

  markAllRead: 'Mark all read',
  markRead: 'Mark as read',
  markUnread: 'Mark as unread',
  newer: (n: number, { number }: Numerals) => `${number(n)} new`,
  loadOlder: 'Load older',
  loading: 'Loading…',
  olderFailed: 'Could not load older ones. Try again',
  tryAgain: 'Try again',
  failed: (why: string) => `That did not work: ${why}`,
  signedOutTitle: 'You are signed out.',
  signedOutHint: 'Sign in again to see your notifications.',
  loadFailed: 'Notifications could not be loaded.',
  empty: 'Nothing here yet',
  emptyHint: 'What happens will show up here at once.',
  /** Before the severity of a row, for screen readers. */
  rowState: (severity: string, unread: boolean) => `${unread ? 'Unread. ' : ''}${severity}: `,
  times: (n: number, { number }: Numerals) => `${number(n)} times`,
  /** In place of a value that a change took from, or gave to, a column which was or became empty. */
  noValue: 'nothing',
  /** Between old and new value, for screen readers. */
  becomes: ' becomes ',
  settled: 'settled',
  settledBy: (who: string) => `settled by ${who}`,
  acknowledge: 'Acknowledge',
  claimedBy: (who: string) => `${who} is on it`,
};

/** All that the bell says. */
export type Words = typeof en;

/** Some of it, in another language or in other words; what is left out is said in the language's own catalog, else in English. */
export type SomeWords = { [Key in keyof Words]?: Words[Key] extends Record<string, string> ? Partial<Words[Key]> : Words[Key] };
