import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Connections } from '../database/connections.js';
import { inTransaction } from '../database/transaction.js';
import { Lineage, ORIGIN } from '../relay/lineage.js';
import type { Epoch } from './cursor.js';
import type { Entry } from './entry.js';
import { AS_PAGE, isEntry, type JournalRow, type PageRow, rowOf, SELECT_ENTRIES } from './journal-row.js';
import { mentionsIn, toNotification } from './notification.js';

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
    const { rows } = await this.connections.direct.query<PageRow>({
      ...AS_PAGE,
      name: 'journal-after',
      text: `select known.*, later.*
               from (select ${FLOOR} as floor, (select occurred_at from belfry.journal where position = $1) as anchor) known
               left join lateral (${SELECT_ENTRIES} where j.position > $1 order by j.position limit $2) later on true`,
      values: [position, limit],
    });
    const anchor = rows[0]?.[1] ?? null;
    return { ...toPage(rows), anchor: anchor === null ? undefined : Date.parse(anchor) };
  }

  /** What is between two positions (the upper one included) for these channels, oldest first. */
  async between(after: bigint, upTo: bigint, channels: readonly string[], limit: number): Promise<JournalPage> {
    const { rows } = await this.connections.direct.query<PageRow>({
      ...AS_PAGE,
      name: 'journal-between',
      text: `select known.*, found.*
               from (select ${FLOOR} as floor, null as anchor) known
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

function toPage(rows: readonly PageRow[]): JournalPage {
  const [first] = rows;
  if (!first) throw new Error('reading the journal gave no row, expected one at least');
  const entries: Entry[] = [];
  for (const row of rows) if (isEntry(row)) entries.push(toEntry(rowOf(row)));
  return { floor: BigInt(first[0]), entries };
}

function toEntry(row: JournalRow): Entry {
  const entry = { position: BigInt(row.position), channels: row.channels, occurredAt: Date.parse(row.occurred_at) };
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
