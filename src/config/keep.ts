import { z } from 'zod';

/** How much of something is kept: what is older goes, and so does what there is more of, the oldest first. */
export interface Keep {
  /** Milliseconds. */
  age: number;
  /** Rows. */
  rows: number;
}

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A hundred years; PostgreSQL's own dates go further. */
const MOST_AGE = 36_500 * 86_400_000;

/** `7d,1000000`: a time, a number of rows, or both. What is not said is left to the default. */
export const keep = z.string().transform((text, context): Partial<Keep> => {
  const parts = text.split(',').map((part) => part.trim());
  const ages = parts.filter((part) => /^\d{1,9}[smhd]$/.test(part)).map((part) => Number(part.slice(0, -1)) * (UNITS[part.slice(-1)] ?? NaN));
  const rows = parts.filter((part) => /^\d{1,15}$/.test(part)).map(Number);
  const isWellFormed = ages.length + rows.length === parts.length && ages.length <= 1 && rows.length <= 1;
  if (!isWellFormed || [...ages, ...rows].some((value) => value < 1) || ages.some((age) => age > MOST_AGE)) {
    context.addIssue({
      code: 'custom',
      message: `is '${text}', expected a time (s, m, h or d), a number of rows, or both with a comma between, like 7d,1000000; at least 1 of each`,
    });
  }
  return { ...(ages[0] !== undefined && { age: ages[0] }), ...(rows[0] !== undefined && { rows: rows[0] }) };
});

export interface Retention {
  /** How far back a stream can be resumed. Default 7 days, 1,000,000 entries. */
  journal: Keep;
  /** With the receipts on them. Default 90 days, 10,000,000. */
  notifications: Keep;
  /** Changes that could not become a notification. Default 30 days, 100,000. */
  failedChanges: Keep;
}

export interface GivenRetention {
  BELFRY_KEEP_JOURNAL?: Partial<Keep> | undefined;
  BELFRY_KEEP_NOTIFICATIONS?: Partial<Keep> | undefined;
  BELFRY_KEEP_FAILED?: Partial<Keep> | undefined;
}

/** What is said, over the defaults. The journal's own time gives way to a shorter one of the notifications. */
export function retentionOf(given: GivenRetention): Retention {
  const notifications = { age: 90 * 86_400_000, rows: 10_000_000, ...given.BELFRY_KEEP_NOTIFICATIONS };
  return {
    journal: { age: Math.min(7 * 86_400_000, notifications.age), rows: 1_000_000, ...given.BELFRY_KEEP_JOURNAL },
    notifications,
    failedChanges: { age: 30 * 86_400_000, rows: 100_000, ...given.BELFRY_KEEP_FAILED },
  };
}

/** An entry of the journal speaks of its notification, and is of no use without it. */
export function keptInVain(given: GivenRetention): string[] {
  const { journal, notifications } = retentionOf(given);
  if (journal.age <= notifications.age) return [];
  return [
    `BELFRY_KEEP_JOURNAL is ${journal.age / 1_000} s, longer than the ${notifications.age / 1_000} s of BELFRY_KEEP_NOTIFICATIONS; ` +
      'the journal speaks of notifications, so keep it no longer than them',
  ];
}
