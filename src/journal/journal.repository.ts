import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Connections } from '../database/connections.js';
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
  epoch: string;
  /** What of the epoch is kept in the tables. */
  seed: string;
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
  constructor(private readonly connections: Connections) {}

  /**
   * The epoch names this very journal: another server, another timeline (a promoted or restored one) or another life of
   * the tables gives another name, and so tells a cursor of theirs from ours.
   */
  async extent(): Promise<JournalExtent> {
    const { rows } = await this.connections.direct.query<{ identity: string; seed: string; floor: string; head: string }>(`
      select concat_ws('/', (select system_identifier from pg_control_system()),
                            case when not pg_is_in_recovery() then substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) end,
                            (select oid from pg_database where datname = current_database()),
                            s.epoch) as identity,
             s.epoch as seed,
             s.position as head,
             coalesce((select position - 1 from belfry.journal order by position limit 1), s.position) as floor
        from belfry.relay_state s`);
    const row = rows[0];
    if (!row) throw new Error('belfry.relay_state is empty, expected its one row: restore it, or drop schema "belfry" and start anew.');
    const epoch = createHash('sha256').update(row.identity).digest('hex').slice(0, 12);
    return { epoch, seed: row.seed, floor: BigInt(row.floor), head: BigInt(row.head) };
  }

  /**
   * Gives the journal another name, for it went back behind what readers were given: a backup or a snapshot was restored.
   * Does so once, however many processes notice.
   */
  async renewEpoch(seed: string): Promise<void> {
    await this.connections.direct.query(
      `update belfry.relay_state set epoch = substr(replace(gen_random_uuid()::text, '-', ''), 1, 12) where epoch = $1`,
      [seed],
    );
  }

  /** Everything after a position, oldest first. */
  async after(position: bigint, limit: number): Promise<Entry[]> {
    const { rows } = await this.connections.direct.query<JournalRow>({
      name: 'journal-after',
      text: `${SELECT_ENTRIES} where j.position > $1 order by j.position limit $2`,
      values: [position, limit],
    });
    return rows.map(toEntry);
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
}

function toEntry(row: JournalRow): Entry {
  const entry = { position: BigInt(row.position), channels: row.channels, occurredAt: row.occurred_at.getTime() };
  if (row.notification === null) return { ...entry, kind: 'receipt', json: JSON.stringify(row.receipt) };
  // Purged since: nobody is told of it any more.
  if ((row.topic as string | null) === null) return { ...entry, channels: [], kind: 'notification', json: 'null' };
  return { ...entry, kind: 'notification', json: JSON.stringify(toNotification({ ...row, id: row.notification })) };
}
