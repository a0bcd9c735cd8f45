import type { FeedQuery } from '../core/feed-query.js';
import type { Status } from '../core/stream.js';
import type { Severity } from '../core/wire.js';

/** What a sentence needs of its language: how a number is written, and which plural it takes. */
export interface Numerals {
  number: (n: number) => string;
  plural: (n: number) => Intl.LDMLPluralRule;
}

export type Tab = NonNullable<FeedQuery['tab']>;
/** Until when something may be put away at a click. */
export type Snooze = 'hour' | 'evening' | 'tomorrow' | 'monday';

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
  /** Once it was live, and what is shown is of before. */
  reconnecting: 'Reconnecting…',
  offlineAsOf: (time: string) => `Offline: as of ${time}`,
  stoppedAsOf: (time: string) => `Not connected: as of ${time}`,
  /** Between the parts of the bell's name. */
  comma: ', ',
  unread: (n: number, { number }: Numerals) => `${number(n)} unread`,
  moreThanUnread: (n: number, { number }: Numerals) => `more than ${number(n)} unread`,
  offline: 'offline',
  signedOut: 'signed out',
  /** Before what is urgent, read out or in a toast. */
  urgent: (severity: string, title: string) => `${severity}: ${title}`,
  several: (n: number, critical: number, newest: string, { number }: Numerals) =>
    `${number(n)} new notifications${critical > 0 ? `, ${number(critical)} critical` : ''}. ${newest}`,

  markAllRead: 'Mark all read',
  markRead: 'Mark as read',
  markUnread: 'Mark as unread',
  newer: (n: number, { number }: Numerals) => `${number(n)} new`,
  loadOlder: 'Load older',
  loading: 'Loading…',
  olderFailed: 'Could not load older ones. Try again',
  tryAgain: 'Try again',
  failed: (why: string) => `That did not work: ${why}`,
  /** Somebody was faster. */
  claimedAlready: (user: string) => `${user} is on it already.`,
  signedOutTitle: 'You are signed out.',
  signedOutHint: 'Sign in again to see your notifications.',
  /** Of a list that was asked for anew in vain. */
  staleAsOf: (time: string) => `As of ${time}: asking for what is new has failed.`,
  loadFailed: 'Notifications could not be loaded.',
  emptyHint: 'What happens will show up here at once.',
  /** Before the severity of a row, for screen readers. */
  rowState: (severity: string, unread: boolean) => `${unread ? 'Unread. ' : ''}${severity}: `,
  times: (n: number, { number }: Numerals) => `${number(n)} times`,
  /** In place of a value that a change took from, or gave to, a column which was or became empty. */
  noValue: 'nothing',
  /** Between old and new value, for screen readers. */
  becomes: ' becomes ',
  settled: 'settled',
  /** On what went to more, as nobody had taken it on in time. */
  escalated: 'Escalated',
  /** On what is addressed to the admin by name. */
  forYou: 'For you',
  settledBy: (who: string) => `settled by ${who}`,
  acknowledge: 'Acknowledge',

  tabs: { all: 'All', unread: 'Unread', mine: 'For me', archived: 'Archived', snoozed: 'Snoozed' } as Record<Tab, string>,
  emptyTab: {
    all: 'Nothing here yet',
    unread: 'All read',
    mine: 'Nothing is addressed to you alone',
    archived: 'The archive is empty',
    snoozed: 'Nothing is asleep',
  } as Record<Tab, string>,
  nothingFound: 'Nothing found',
  nothingFoundYet: 'Nothing found among the newest',
  /** Of a search that has looked through the newest only. */
  lookFurther: 'Look further back',
  search: 'Search',
  filters: 'Search and filter',
  anySeverity: 'Any severity',
  anyTopic: 'Any topic',
  groupBy: 'Group by',
  byDay: 'By day',
  byTopic: 'By topic',
  more: (title: string) => `More for: ${title}`,
  archive: 'Archive',
  unarchive: 'Take out of the archive',
  claim: 'I take it',
  release: 'Give it back',
  resolve: 'Resolve',
  unsnooze: 'Wake it now',
  snooze: 'Snooze',
  snoozeUntil: { hour: 'For an hour', evening: 'Until this evening', tomorrow: 'Until tomorrow morning', monday: 'Until next Monday' } as Record<Snooze, string>,
  asleepUntil: (when: string) => `asleep until ${when}`,
  claimedByMe: 'you are on it',
  select: (title: string) => `Select: ${title}`,
  selected: (n: number, { number }: Numerals) => `${number(n)} selected`,
  clearSelection: 'Clear',
  undo: 'Undo',
  done: {
    archive: (n: number, { number }: Numerals) => (n === 1 ? 'Archived' : `${number(n)} archived`),
    read: (n: number, { number }: Numerals) => (n === 1 ? 'Marked as read' : `${number(n)} marked as read`),
    snooze: () => 'Snoozed',
  },
  help: 'Keys',
  keys: {
    move: 'next, previous',
    follow: 'open what it leads to',
    read: 'read, unread',
    archive: 'archive, or take out of it',
    snooze: 'snooze',
    claim: 'take it, give it back',
    select: 'select',
    undo: 'undo',
    all: 'mark all read',
    search: 'search',
    help: 'these keys',
    close: 'close',
  },
  claimedBy: (who: string) => `${who} is on it`,

  settings: 'Preferences',
  toast: 'Toast',
  sound: 'Sound',
  desktop: 'Desktop notification',
  /** From which severity on. */
  everything: 'for everything',
  fromOn: (severity: string) => `from “${severity}” on`,
  only: (severity: string) => `for “${severity}” alone`,
  never: 'never',
  countInTitle: 'Unread number in the page’s title',
  acknowledgeCritical: 'Critical ones stand until acknowledged',
  quietHours: (timeZone: string) => `Quiet hours (${timeZone})`,
  from: 'From',
  to: 'To',
  mutedTopics: 'Muted: not listed, not counted, never told of',
  desktopRefused: 'The browser does not allow desktop notifications here: its settings for this site say so.',
  finished: 'Done',
};

/** All that the bell says. */
export type Words = typeof en;

/** Some of it, in another language or in other words; what is left out is said in the language's own catalog, else in English. */
export type SomeWords = { [Key in keyof Words]?: Words[Key] extends object ? (Words[Key] extends (...given: never[]) => unknown ? Words[Key] : Partial<Words[Key]>) : Words[Key] };
