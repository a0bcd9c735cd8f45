import type { Rendered } from './render.js';
import type { Change } from './outbox.js';

/** What becomes of one change. */
export type Outcome =
  | { kind: 'notification'; rendered: Rendered; drift: string | null }
  | { kind: 'receipt' }
  | { kind: 'update'; notification: bigint } // it stands otherwise now: tell whom it went to
  | { kind: 'purge'; upTo: bigint } // notifications up to this id are gone
  | { kind: 'nobody' } // rendered, but addressed to no one: an assignee that is null
  | { kind: 'failed'; reason: string };

export interface Decided {
  change: Change;
  outcome: Outcome;
}

export interface JournalWrite {
  position: bigint;
  /** Null: the notification's own audience. */
  channels: readonly string[] | null;
  notification: bigint | null;
  receipt: string | null;
  purgedUpTo: bigint | null;
  occurredAt: Date;
}

export interface NotificationWrite {
  id: bigint;
  change: Change;
  rendered: Rendered;
}

/** What a batch did under one rule. */
export interface RuleTally {
  fired: number;
  failed: number;
  lastError: string | null;
  drift: string | null;
}

/** All that one transaction of the relay writes. */
export interface Batch {
  notifications: NotificationWrite[];
  journal: JournalWrite[];
  failures: { change: Change; reason: string }[];
  tallies: Map<number, RuleTally>;
  /** The last position given. */
  position: bigint;
}

/** Gives positions, one after the other, to what is to be told. */
export function toBatch(decided: readonly Decided[], lastPosition: bigint): Batch {
  const batch: Batch = { notifications: [], journal: [], failures: [], tallies: new Map(), position: lastPosition };
  for (const { change, outcome } of decided) {
    const tally = tallyOf(batch, change.rule);
    if (outcome.kind === 'failed') {
      batch.failures.push({ change, reason: outcome.reason });
      tally.failed++;
      tally.lastError = outcome.reason;
      continue;
    }
    if (outcome.kind === 'nobody') continue;
    const position = ++batch.position;
    const entry = { position, notification: null, receipt: null, purgedUpTo: null, occurredAt: change.committed_at ?? change.captured_at };
    if (outcome.kind === 'receipt') {
      const { user = '', ...receipt } = change.receipt ?? {};
      batch.journal.push({ ...entry, channels: [`user:${user}`], receipt: JSON.stringify(receipt) });
      continue;
    }
    if (outcome.kind === 'purge') {
      batch.journal.push({ ...entry, channels: ['everyone'], purgedUpTo: outcome.upTo });
      continue;
    }
    if (outcome.kind === 'update') {
      batch.journal.push({ ...entry, channels: null, notification: outcome.notification });
      continue;
    }
    batch.notifications.push({ id: position, change, rendered: outcome.rendered });
    batch.journal.push({ ...entry, channels: outcome.rendered.channels, notification: position });
    if (change.test_for) continue;
    tally.fired++;
    // Told without its link: whoever looks after the rule is to see why.
    tally.lastError = outcome.rendered.linkDropped ?? tally.lastError;
    tally.drift ??= outcome.drift;
  }
  return batch;
}

function tallyOf(batch: Batch, rule: number | null): RuleTally {
  const found = rule === null ? undefined : batch.tallies.get(rule);
  if (found) return found;
  const tally: RuleTally = { fired: 0, failed: 0, lastError: null, drift: null };
  if (rule !== null) batch.tallies.set(rule, tally);
  return tally;
}
