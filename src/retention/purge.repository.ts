import type pg from 'pg';
import type { Keep } from '../config/keep.js';
import { inTransaction } from '../database/transaction.js';

/** Rows looked at in one statement. */
const STEP = 10_000;

/** How far back is kept now. */
export interface Floors {
  journal: bigint;
  notifications: bigint;
  /** Notifications above that, as far as they were counted. */
  kept: number;
  /** The journal's last position. */
  head: bigint;
}

/** What is due in a row from the floor up. */
export interface Due {
  upTo: bigint;
  rows: number;
}

// Due from the floor up, and no further than the first that is not: a clock that was set back leaves no hole.
const due = (select: string, isDue: string): string => `
  select max(position) as "upTo", count(*) as rows
    from (select position, bool_and(${isDue}) over (order by position) as is_due from (${select} limit $2) as next) as looked_at
   where is_due`;
const DUE_ENTRIES = due(
  'select position, written_at as at from belfry.journal where position > $1 order by position',
  `at < now() - $3 * interval '1 ms' or position <= $4`,
);
const DUE_NOTIFICATIONS = due(
  'select position, delivered_at as at, row_number() over (order by position) as nth from belfry.notifications where position > $1 order by position',
  `at < now() - $3 * interval '1 ms' or nth <= $4`,
);

/** What a purge does in the database, over one session, in transactions of some milliseconds. */
export class PurgeRepository {
  /** @param ending from then on it asks for nothing more: every call throws */
  constructor(
    private readonly client: pg.ClientBase,
    private readonly ending: AbortSignal,
  ) {}

  /**
   * Counts on to the journal's end, and says how far back is kept. What was raised meanwhile from where it had been counted
   * is counted where it is now.
   */
  async floors(): Promise<Floors> {
    const { rows } = await this.query<{ journal: string; notifications: string; kept: string; head: string }>(`
      with since as (
        select r.*, s.position as head from belfry.retention r, belfry.relay_state s
      )
      update belfry.retention r
         set counted_up_to = since.head,
             notifications_kept = r.notifications_kept
               + (select count(*) from belfry.notifications n where n.position > since.counted_up_to and n.position <= since.head)
               - (select count(*) from belfry.journal j
                   where j.position > since.counted_up_to and j.position <= since.head
                     and j.raised_from > since.notifications_purged_up_to and j.raised_from <= since.counted_up_to)
        from since
      returning r.journal_purged_up_to as journal, r.notifications_purged_up_to as notifications, r.notifications_kept as kept,
                r.counted_up_to as head`);
    const [row] = rows;
    if (!row) throw new Error('belfry.retention or belfry.relay_state is empty, expected one row in each');
    return { journal: BigInt(row.journal), notifications: BigInt(row.notifications), kept: Number(row.kept), head: BigInt(row.head) };
  }

  /** Journal entries that are too old or too many. */
  async dueEntries({ journal, head }: Floors, { age, rows }: Keep): Promise<Due> {
    return this.farthest(journal, (after) => [DUE_ENTRIES, [after, STEP, age, head - BigInt(rows)]]);
  }

  /** Notifications that are too old or too many. */
  async dueNotifications({ notifications, kept }: Floors, { age, rows }: Keep): Promise<Due> {
    return this.farthest(notifications, (after, found) => [DUE_NOTIFICATIONS, [after, STEP, age, kept - rows - found]]);
  }

  /**
   * From here on what lies at or below the new floors is gone, for whoever looks; where notifications go, the journal says so.
   *
   * @returns false when the floors were moved by somebody else
   */
  async raise(from: Floors, entries: Due, notifications: Due): Promise<boolean> {
    const { rows } = await this.query(
      `with raised as (
         update belfry.retention
            set journal_purged_up_to = greatest($1::bigint, $2::bigint), notifications_purged_up_to = $2,
                notifications_kept = notifications_kept - $3
          where journal_purged_up_to = $4 and notifications_purged_up_to = $5
         returning single
       ), told as (
         insert into belfry.changes (operation, key) select 'purged', $2::bigint::text from raised where $3 > 0
         returning id
       )
       select (select belfry.ring() where exists (select from told))::text from raised`,
      [entries.upTo, notifications.upTo, notifications.rows, from.journal, from.notifications],
    );
    return rows.length > 0;
  }

  /** Deletes a batch of what lies below the journal's floor. @returns how many rows */
  async deleteEntries(batch: number): Promise<number> {
    return this.delete(
      `delete from belfry.journal
        where position = any (array(select position from belfry.journal
                                     where position <= (select journal_purged_up_to from belfry.retention)
                                     order by position limit $1))`,
      [batch],
    );
  }

  /** Deletes a batch of notifications below the floor, with all that belongs to them. @returns how many notifications */
  async deleteNotifications(batch: number): Promise<number> {
    return inTransaction(this.client, async () => {
      const { rows } = await this.query<{ position: string }>(
        `delete from belfry.notifications
          where position = any (array(select position from belfry.notifications
                                       where position <= (select notifications_purged_up_to from belfry.retention)
                                       order by position limit $1))
         returning position`,
        [batch],
      );
      const positions = rows.map(({ position }) => position);
      // Those too that are of where a notification was before it was raised again.
      await this.query('delete from belfry.receipts where position <= (select max(position) from unnest($1::bigint[]) as deleted (position))', [positions]);
      await this.query('delete from belfry.audience where position = any ($1::bigint[])', [positions]);
      return rows.length;
    });
  }

  async deleteFailedChanges({ age, rows }: Keep, batch: number): Promise<number> {
    return this.delete(
      `delete from belfry.failed_changes
        where id = any (array(select id from belfry.failed_changes where failed_at < now() - $1 * interval '1 ms'
                               order by failed_at limit $3))
           or id = any (array(select id from belfry.failed_changes order by failed_at desc offset $2 limit $3))`,
      [age, rows, batch],
    );
  }

  /** Deletes what has answered repeated requests for long enough. @returns how many rows */
  async deletePublications(batch: number): Promise<number> {
    return this.delete(
      `delete from belfry.publications
        where id = any (array(select id from belfry.publications where created_at < now() - interval '24 hours'
                               order by created_at limit $1))`,
      [batch],
    );
  }

  /** Deletes versions of rules that left the file so long ago that no notification of theirs is kept, and no change waits. */
  async deleteRules({ age }: Keep): Promise<number> {
    return this.delete(
      `delete from belfry.rules r
        where greatest(r.retired_at, r.last_fired_at) < now() - $1 * interval '1 ms' and r.retired_at is not null
          and not exists (select from belfry.changes c where c.rule = r.id)
          and not exists (select from belfry.failed_changes f where f.rule = r.id)`,
      [age],
    );
  }

  /** Notes that a purge came to its end. */
  async finish(): Promise<void> {
    await this.query('update belfry.retention set looked_at = now()');
  }

  private async farthest(floor: bigint, query: (after: bigint, found: number) => [string, unknown[]]): Promise<Due> {
    const found: Due = { upTo: floor, rows: 0 };
    for (;;) {
      const [text, values] = query(found.upTo, found.rows);
      const { rows } = await this.query<{ upTo: string | null; rows: string }>(text, values);
      const [step] = rows;
      if (typeof step?.upTo !== 'string') return found;
      found.upTo = BigInt(step.upTo);
      found.rows += Number(step.rows);
      if (Number(step.rows) < STEP) return found;
    }
  }

  private async delete(text: string, values: unknown[]): Promise<number> {
    return (await this.query(text, values)).rowCount ?? 0;
  }

  private query<R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<pg.QueryResult<R>> {
    this.ending.throwIfAborted();
    return this.client.query<R>(text, values);
  }
}
