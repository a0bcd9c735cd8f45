import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Connections } from '../database/connections.js';
import { inTransaction } from '../database/transaction.js';
import { Lineage, ORIGIN } from '../relay/lineage.js';
import type { Epoch } from './cursor.js';
import type { Entry, Receipt } from './entry.js';
import { mentionsIn, type NotificationRow, type OwnState, toNotification } from './notification.js';

interface JournalRow extends Omit<NotificationRow, 'id' | 'position' | 'mentions'>, OwnState {
  position: string;
  raised_from: string | null;
  readdressed: boolean;
  /** The notification's position now. */
  stands_at: string | null;
  channels: string[];
  notification: string | null;
  receipt: (Receipt & { preferences?: true }) | null;
  /** As they are kept now, JSON text. */
  preferences: string | null;
  purged_up_to: string | null;
  own_of: string | null;
  reopens: boolean;
  occurred_at: Date;
}

/** How much of the journal there is, and which journal it is. */
export interface JournalExtent {
  /** Oldest first, never empty. */
  epochs: Epoch[];
  /** Entries above this position are kept. */
  floor: bigint;
  head: bigint;
}

/** A stretch of the journal, and how far back it was kept in the moment of reading. */
export interface JournalPage {
  /** Entries above this position are kept. A page that begins below it has a hole. */
  floor: bigint;
  /** Oldest first. */
  entries: Entry[];
}

/** Read in the statement that reads the entries, so that no purge comes between the two. */
const FLOOR = '(select journal_purged_up_to from belfry.retention)';

// Joined to the notification as it stands now: a later entry brings later content, and a known id replaces what a client holds.
// What one admin alone is given has their own state with it, as src/inbox/own-state.sql.ts reads it.
const SELECT_ENTRIES = `
  select j.position, j.channels, j.notification, j.raised_from, j.readdressed, j.receipt, j.purged_up_to, j.occurred_at,
         j.own_of, j.reopens, n.position as stands_at,
         case when jsonb_exists(j.receipt, 'preferences')
              then (select p.preferences::text from belfry.preferences p where p.user_id = substr(j.channels[1], 6)) end as preferences,
         n.topic, n.severity, n.title, n.body, n.link, n.source_table, n.source_key, n.actor, n.occurrences,
         n.created_at, n.updated_at, n.resolved_at, n.resolved_by, n.claimed_by, n.claimed_at, n.escalated_at, n.expires_at,
         (select json_agg(json_build_object('column', c.key, 'from', left(c.value, 80), 'to', left(n.change -> 'new' ->> c.key, 80)))
            from (select o.key, o.value from jsonb_each_text(case when jsonb_typeof(n.change -> 'old') = 'object' then n.change -> 'old' end) as o
                   where n.change ->> 'operation' = 'update' and jsonb_exists(n.change -> 'new', o.key) and o.value is distinct from n.change -> 'new' ->> o.key
                   order by o.key limit 3) as c) as changed,
         case when not own.unread then coalesce(r.read_at, i.read_at) end as "readAt",
         case when not own.unread then coalesce(r.read_at, i.read_at) when coalesce(r.surfaced, n.position) <= i.seen_up_to then i.seen_at end as "seenAt",
         r.archived_at as "archivedAt", r.snoozed_until as "snoozedUntil", r.surfaced
    from belfry.journal j
    left join belfry.notifications n on n.id = j.notification
    left join belfry.inboxes i on i.user_id = j.own_of
    left join belfry.receipts r on r.user_id = j.own_of and r.position = n.position
   cross join lateral (select (n.position > i.read_up_to and r.read is distinct from true) or r.read is false as unread) as own`;

/** Reads the journal. Positions are given in commit order, so "above the last one seen" skips nothing. */
@Injectable()
export class JournalRepository {
  constructor(
    private readonly connections: Connections,
    private readonly lineage: Lineage,
  ) {}

  /** @throws when `belfry.relay_state` is not there to be read, or can't be written where the journal has moved */
  async extent(): Promise<JournalExtent> {
    const { rows } = await this.connections.direct.query<{ current: boolean; epochs: { name: string; since: string }[]; floor: string; head: string }>(`
      select s.origin is not distinct from ${ORIGIN} as current,
             (select json_agg(json_build_object('name', name, 'since', since::text) order by number) from belfry.epochs) as epochs,
             s.position as head,
             r.journal_purged_up_to as floor
        from belfry.relay_state s, belfry.retention r`);
    const row = rows[0];
    if (!row) {
      throw new Error(
        'belfry.relay_state or belfry.retention is empty, expected one row in each: restore it, or drop schema "belfry" and start anew.',
      );
    }
    if (!row.current) {
      await this.withClient((client) => this.lineage.confirm(client));
      return this.extent();
    }
    const epochs = row.epochs.map(({ name, since }) => ({ name, since: BigInt(since) }));
    return { epochs, floor: BigInt(row.floor), head: BigInt(row.head) };
  }

  /** No cursor of before holds any more: the journal went back behind what readers were given. */
  async disown(epoch: string): Promise<void> {
    await this.withClient((client) => inTransaction(client, () => this.lineage.disownWithin(client, epoch)));
  }

  /** What a position's entry is known by; undefined when there is none. */
  async occurredAt(position: bigint): Promise<number | undefined> {
    const { rows } = await this.connections.direct.query<{ occurred_at: Date }>(
      'select occurred_at from belfry.journal where position = $1',
      [position],
    );
    return rows[0]?.occurred_at.getTime();
  }

  /**
   * Everything after a position, oldest first.
   *
   * @returns with `anchor`, what the position's own entry is known by: undefined when it is gone, or was never there
   */
  async after(position: bigint, limit: number): Promise<JournalPage & { anchor: number | undefined }> {
    const { rows } = await this.connections.direct.query<PageRow & { anchor: Date | null }>({
      name: 'journal-after',
      text: `select known.*, later.*
               from (select ${FLOOR} as floor, (select occurred_at from belfry.journal where position = $1) as anchor) known
               left join lateral (${SELECT_ENTRIES} where j.position > $1 order by j.position limit $2) later on true`,
      values: [position, limit],
    });
    return { ...toPage(rows), anchor: rows[0]?.anchor?.getTime() };
  }

  /** What is between two positions (the upper one included) for these channels, oldest first. */
  async between(after: bigint, upTo: bigint, channels: readonly string[], limit: number): Promise<JournalPage> {
    const { rows } = await this.connections.direct.query<PageRow>({
      name: 'journal-between',
      text: `select known.*, found.*
               from (select ${FLOOR} as floor) known
               left join lateral (${SELECT_ENTRIES}
                 where j.position > $1 and j.position <= $2 and j.channels && $3
                   and (j.own_of is null or 'user:' || j.own_of = any ($3)) order by j.position limit $4) found on true`,
      values: [after, upTo, channels, limit],
    });
    return toPage(rows);
  }

  private async withClient(work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
    const client = await this.connections.direct.connect();
    let failure: Error | undefined;
    try {
      await work(client);
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      client.release(failure);
    }
  }
}

/** One row at least, for the floor. */
type PageRow = { floor: string } & (JournalRow | { position: null });

function toPage(rows: readonly PageRow[]): JournalPage {
  const [first] = rows;
  if (!first) throw new Error('reading the journal gave no row, expected one at least');
  return { floor: BigInt(first.floor), entries: rows.flatMap((row) => (row.position === null ? [] : [toEntry(row)])) };
}

function toEntry(row: JournalRow): Entry {
  const entry = { position: BigInt(row.position), channels: row.channels, occurredAt: row.occurred_at.getTime() };
  if (row.purged_up_to !== null) return { ...entry, kind: 'purge', subject: BigInt(row.purged_up_to), json: '' };
  if (row.receipt?.preferences) return { ...entry, kind: 'preferences', json: row.preferences ?? '{}' };
  if (row.notification === null) return { ...entry, kind: 'receipt', json: JSON.stringify(row.receipt) };
  const id = BigInt(row.notification);
  const { topic } = row;
  const isNew = id === entry.position;
  // Purged since, which an entry further on says: nobody is told of it any more.
  if (row.stands_at === null) return { ...entry, kind: isNew ? 'notification' : 'update', subject: 0n, channels: [], json: 'null' };
  const standsAt = BigInt(row.stands_at);
  // By its id and where it stands, rather than as this entry has it. In place: a copy of so many columns costs more than all else here.
  const stands = Object.assign(row, { id: row.notification, position: row.stands_at, mentions: mentionsIn(row.channels) });
  if (isNew && standsAt === entry.position && row.own_of === null && !row.reopens) {
    const { position, channels, occurredAt } = entry;
    return { position, channels, occurredAt, topic, kind: 'notification', json: JSON.stringify(toNotification(stands)) };
  }
  if (row.own_of !== null) {
    const own = { ...entry, topic, kind: 'own', id, subject: standsAt, ownChannel: `user:${row.own_of}` } as const;
    if (standsAt > entry.position) return { ...own, superseded: true, json: '' };
    return { ...own, json: JSON.stringify({ ...toNotification(stands, row), returned: true }) };
  }
  const raise = { kind: 'raise', id, ...(row.raised_from !== null && !row.readdressed && { from: BigInt(row.raised_from) }) } as const;
  const about = isNew ? ({ kind: 'notification' } as const) : standsAt < entry.position ? ({ kind: 'update', subject: standsAt } as const) : raise;
  const reopens = row.reopens && ({ reopens: true } as const);
  if (standsAt > entry.position) return { ...entry, topic, ...about, ...reopens, superseded: true, json: '' };
  return { ...entry, topic, ...about, ...reopens, json: JSON.stringify(toNotification(stands)) };
}
