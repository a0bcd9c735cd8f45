import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Connections } from '../database/connections.js';
import { inTransaction } from '../database/transaction.js';
import { Lineage, ORIGIN } from '../relay/lineage.js';
import type { Epoch } from './cursor.js';
import type { Entry, Receipt } from './entry.js';
import { type NotificationRow, toNotification } from './notification.js';

interface JournalRow extends Omit<NotificationRow, 'id'> {
  position: string;
  channels: string[];
  notification: string | null;
  receipt: Receipt | null;
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

// Joined to the notification as it stands now: a later entry brings later content, and a known id replaces what a client holds.
const SELECT_ENTRIES = `
  select j.position, j.channels, j.notification, j.receipt, j.occurred_at,
         n.topic, n.severity, n.title, n.body, n.link, n.source_table, n.source_key, n.actor, n.occurrences,
         n.created_at, n.updated_at, n.resolved_at, n.resolved_by, n.claimed_by, n.expires_at
    from belfry.journal j
    left join belfry.notifications n on n.id = j.notification`;

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
             coalesce((select position - 1 from belfry.journal order by position limit 1), s.position) as floor
        from belfry.relay_state s`);
    const row = rows[0];
    if (!row) throw new Error('belfry.relay_state is empty, expected its one row: restore it, or drop schema "belfry" and start anew.');
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
  async after(position: bigint, limit: number): Promise<{ anchor: number | undefined; entries: Entry[] }> {
    const { rows } = await this.connections.direct.query<{ anchor: Date | null } & (JournalRow | { position: null })>({
      name: 'journal-after',
      text: `select known.anchor, later.*
               from (select (select occurred_at from belfry.journal where position = $1) as anchor) known
               left join lateral (${SELECT_ENTRIES} where j.position > $1 order by j.position limit $2) later on true`,
      values: [position, limit],
    });
    const entries = rows.flatMap((row) => (row.position === null ? [] : [toEntry(row)]));
    return { anchor: rows[0]?.anchor?.getTime(), entries };
  }

  /** What is between two positions (the upper one included) for these channels, oldest first. */
  async between(after: bigint, upTo: bigint, channels: readonly string[], limit: number): Promise<Entry[]> {
    const { rows } = await this.connections.direct.query<JournalRow>({
      name: 'journal-between',
      text: `${SELECT_ENTRIES} where j.position > $1 and j.position <= $2 and j.channels && $3 order by j.position limit $4`,
      values: [after, upTo, channels, limit],
    });
    return rows.map(toEntry);
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

function toEntry(row: JournalRow): Entry {
  const entry = { position: BigInt(row.position), channels: row.channels, occurredAt: row.occurred_at.getTime() };
  if (row.notification === null) return { ...entry, kind: 'receipt', json: JSON.stringify(row.receipt) };
  // Purged since: nobody is told of it any more.
  if ((row.topic as string | null) === null) return { ...entry, channels: [], kind: 'notification', json: 'null' };
  return { ...entry, kind: 'notification', json: JSON.stringify(toNotification({ ...row, id: row.notification })) };
}
