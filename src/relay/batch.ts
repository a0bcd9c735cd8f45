import { OutOfTime } from './decider.js';
import { Ledger, type Live } from './ledger.js';
import type { OpenNotification } from './open-notifications.js';
import type { Change } from './outbox.js';
import type { Decided, Ring } from './outcome.js';
import { type Answer, publicationOf } from './publication.js';
import type { Words } from './rendered.js';

/** Changes that a notification can be counted to be of: PostgreSQL's integer. */
const MOST = 2_147_483_647;
/** Titles kept of what a notification is of. */
const LATEST = 5;
const NOBODY: readonly string[] = [];

export interface JournalWrite {
  position: bigint;
  /** Null: the notification's own audience. */
  channels: readonly string[] | null;
  notification: bigint | null;
  /** Where the notification was that it raises again. */
  raisedFrom: bigint | null;
  /** Whether it goes to others now than it went to there. */
  readdressed: boolean;
  receipt: string | null;
  /** The one admin, of the audience, whom it is for. */
  ownOf: string | null;
  /** Whether it is the notification's place for that admin from now on. */
  surfaces: boolean;
  reopens: boolean;
  purgedUpTo: bigint | null;
  occurredAt: Date;
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
  /** Begun, raised again, resolved or released, each once however many changes it is of. */
  notifications: Live[];
  journal: JournalWrite[];
  failures: { change: Change; reason: string }[];
  tallies: Map<number, RuleTally>;
  /** What waits in `belfry.publications` to learn what became of it. */
  publications: Answer[];
  /** The last position given. */
  position: bigint;
}

/** An entry to be, before positions are given. */
type Slot = { change: Change } & (
  | { kind: 'raise' | 'resolve'; live: Live }
  | { kind: 'own'; notification: bigint; user: string; surfaces: boolean }
  | { kind: 'update'; notification: bigint; reopens: boolean }
  | { kind: 'receipt' }
  | { kind: 'purge'; upTo: bigint }
);

/**
 * Puts together what is written, and gives positions, one after the other, to what is to be told. What is raised several times
 * is told once, where it was raised last.
 *
 * @param open what the changes may raise again or resolve
 * @throws OutOfTime
 */
export function toBatch(decided: readonly Decided[], lastPosition: bigint, open: readonly OpenNotification[] = []): Batch {
  const ledger = new Ledger(open);
  const batch: Batch = { notifications: [], journal: [], failures: [], tallies: new Map(), publications: [], position: lastPosition };
  const slots = new Set<Slot>();
  const raises = new Map<Live, Slot>();
  const put = (change: Change, live: Live): void => {
    const slot: Slot = { kind: 'raise', change, live };
    if (live.key !== null) {
      const earlier = raises.get(live);
      if (earlier) slots.delete(earlier);
      raises.set(live, slot);
    }
    slots.add(slot);
  };
  for (const { change, outcome } of decided) {
    const tally = tallyOf(batch, change.rule);
    const fail = (reason: string): void => {
      batch.failures.push({ change, reason });
      tally.failed++;
      tally.lastError = reason;
    };
    if (outcome.kind === 'failed') {
      fail(outcome.reason);
      answer(batch, change, outcome.reason);
    } else if (outcome.kind === 'escalate') {
      const live = ledger.withId(outcome.notification);
      if (live && escalate(live, timeOf(change))) put(change, live);
    } else if (outcome.kind === 'notification') {
      const live = raise(ledger, change, outcome);
      if (live instanceof Error) {
        fail(live.message);
        continue;
      }
      answer(batch, change, live);
      put(change, live);
      if (change.test_for) continue;
      tally.fired++;
      // Told without its link: whoever looks after the rule is to see why.
      tally.lastError = outcome.rendered.linkDropped ?? tally.lastError;
      tally.drift ??= outcome.drift;
    } else if (outcome.kind === 'resolve') {
      const { topic, table, by, key } = outcome;
      for (const live of by === 'row' ? ledger.ofRow(topic, table, key) : [ledger.withKey(topic, key) ?? []].flat()) {
        ledger.resolve(live, timeOf(change), change.actor ?? change.db_role);
        slots.add({ kind: 'resolve', change, live });
      }
    } else if (outcome.kind !== 'nobody') {
      slots.add({ change, ...outcome });
    }
  }
  for (const slot of slots) journal(batch, slot);
  batch.notifications = ledger.all.filter(({ content, resolved, released, escalation }) => content ?? resolved ?? escalation ?? released);
  return batch;
}

/** Notes what became of a change that somebody waits for. */
function answer(batch: Batch, change: Change, outcome: Live | string): void {
  const id = publicationOf(change);
  if (id !== undefined) batch.publications.push({ id, outcome });
}

/** Raises the open notification of the change's key, or begins one. @returns the error where its words can't be rendered */
function raise(ledger: Ledger, change: Change, { rendered, again, rule, count }: Ring): Live | Error {
  const time = timeOf(change);
  const { topic, key, sourceTable, sourceKey, escalation } = rendered;
  const after = (seconds: number | null): Date | null => (seconds === null ? null : new Date(time.getTime() + seconds * 1_000));
  let live = key === null ? undefined : ledger.withKey(topic, key);
  if (live && rule.digest !== null && time >= (live.windowEndsAt ?? time)) {
    ledger.release(live);
    live = undefined;
  }
  const occurrences = Math.min((live?.occurrences ?? 0) + count, MOST);
  const latest = key === null ? [] : [rendered.title, ...(live?.latest ?? [])].slice(0, LATEST);
  const windowEndsAt = live ? live.windowEndsAt : after(rule.digest);
  let words: Words = rendered;
  try {
    if (live) words = again({ count: occurrences, latest });
  } catch (error) {
    if (error instanceof OutOfTime) throw error;
    return error as Error;
  }
  // Not spread where nothing differs: that is done for each change.
  const said = words === rendered ? rendered : { ...rendered, ...words };
  const content = { rendered: said, change, expiresAt: after(rule.expire), resolvable: rule.resolvable };
  // What has been escalated stays so, whatever the rule says by now. Before that its clock goes on, for whom the last change says.
  const escalated = live?.escalatedAt ? live : undefined;
  const channels = escalated ? union(rendered.channels, escalated.escalateTo) : rendered.channels;
  const escalateTo = escalated?.escalateTo ?? escalation?.to ?? NOBODY;
  const escalateAt = escalated || !escalation ? null : (live?.escalateAt ?? after(escalation.after));
  if (live) return Object.assign(live, { channels, sourceTable, sourceKey, occurrences, latest, windowEndsAt, escalateAt, escalateTo, content });
  const begun: Live = {
    before: undefined, topic, key, sourceTable, sourceKey, channels, occurrences, latest, windowEndsAt, createdAt: change.captured_at, content,
    escalateAt, escalateTo, escalatedAt: null, escalation: undefined, resolved: undefined, released: false, id: 0n, position: 0n,
  };
  ledger.open(begun);
  return begun;
}

/** Widens whom it goes to, unless it was settled since its time was up. @returns whether it is to be told */
function escalate(live: Live, at: Date): boolean {
  if (live.resolved || live.escalatedAt || live.escalateTo.length === 0) return false;
  if (live.before?.claimed) {
    live.escalation = 'put off';
    live.escalateAt = at;
    return false;
  }
  Object.assign(live, { escalation: 'told', escalatedAt: at, escalateAt: null, channels: union(live.channels, live.escalateTo) });
  return true;
}

const union = (some: readonly string[], others: readonly string[]): string[] => [...new Set([...some, ...others])];

/** Gives the entry its position, and with it the notification that it raises. */
function journal(batch: Batch, slot: Slot): void {
  const { change } = slot;
  const put = ({
    channels, notification = null, raisedFrom = null, readdressed = false, receipt = null, ownOf = null, surfaces = false, reopens = false, purgedUpTo = null,
  }: Partial<JournalWrite> & Pick<JournalWrite, 'channels'>): bigint => {
    const position = ++batch.position;
    batch.journal.push({ position, channels, notification, raisedFrom, readdressed, receipt, ownOf, surfaces, reopens, purgedUpTo, occurredAt: timeOf(change) });
    return position;
  };
  if (slot.kind === 'receipt') {
    const { user = '', ...receipt } = change.receipt ?? {};
    put({ channels: [`user:${user}`], receipt: JSON.stringify(receipt) });
  } else if (slot.kind === 'purge') {
    put({ channels: ['everyone'], purgedUpTo: slot.upTo });
  } else if (slot.kind === 'update') {
    put({ channels: null, notification: slot.notification, reopens: slot.reopens });
  } else if (slot.kind === 'own') {
    put({ channels: null, notification: slot.notification, ownOf: slot.user, surfaces: slot.surfaces });
  } else if (slot.kind === 'resolve') {
    put({ channels: slot.live.channels, notification: slot.live.id });
  } else {
    const { live } = slot;
    const { before, channels } = live;
    const lost = (before?.channels ?? []).filter((channel) => !channels.includes(channel));
    // Before the raise, so that who is still addressed otherwise has it in the end.
    if (before && lost.length > 0) put({ channels: lost, receipt: withdrawal(before) });
    const readdressed = before !== undefined && (lost.length > 0 || before.channels.length !== channels.length);
    live.position = batch.position + 1n;
    if (!before) live.id = live.position;
    put({ channels, notification: live.id, raisedFrom: before?.position ?? null, readdressed });
  }
}

function withdrawal({ id, position }: OpenNotification): string {
  return JSON.stringify({ ids: [String(id)], asOf: String(position), withdrawn: true });
}

function timeOf({ committed_at, captured_at }: Change): Date {
  return committed_at ?? captured_at;
}

function tallyOf(batch: Batch, rule: number | null): RuleTally {
  const found = rule === null ? undefined : batch.tallies.get(rule);
  if (found) return found;
  const tally: RuleTally = { fired: 0, failed: 0, lastError: null, drift: null };
  if (rule !== null) batch.tallies.set(rule, tally);
  return tally;
}
