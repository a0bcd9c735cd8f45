import type pg from 'pg';
import type { Receipt } from '../journal/entry.js';

/** A captured change, as it lies in the outbox. */
export interface Change {
  id: string;
  /** The rule version that captured it; null for an admin's own change. */
  rule: number | null;
  operation: string;
  key: string | null;
  /** JSON text, so that no number loses a digit. */
  old: string | null;
  new: string | null;
  receipt: (Receipt & { user: string }) | null;
  capture: string | null;
  transaction: string;
  captured_at: Date;
  committed_at: Date | null;
  db_role: string;
  application: string;
  actor: string | null;
}

const COLUMNS = 'id, rule, operation, key, old::text as old, new::text as new, receipt, capture, transaction, captured_at, db_role, application, actor';

/** The relay's end of `belfry.changes`. */
export class Outbox {
  /** Lower bound of the ids that are left. A hint: ids are drawn before the commit, so lower ones may still turn up. */
  private lowest = '0';
  private hintedLooks = 0;

  private constructor(
    private readonly client: pg.ClientBase,
    private readonly committedAt: string,
  ) {}

  static async open(client: pg.ClientBase): Promise<Outbox> {
    const { rows } = await client.query<{ tracked: string }>(`select current_setting('track_commit_timestamp') as tracked`);
    return new Outbox(client, rows[0]?.tracked === 'on' ? 'pg_xact_commit_timestamp(xmin)' : 'null::timestamptz');
  }

  /** Whether anything waits, without writing. */
  async isEmpty(): Promise<boolean> {
    const { rows } = await this.client.query<{ empty: boolean }>({
      name: 'outbox-is-empty',
      text: 'select not exists (select from belfry.changes) as empty',
    });
    return rows[0]?.empty ?? true;
  }

  /** Whether something has waited longer than the active relay takes. */
  async isOverdue(ms: number): Promise<boolean> {
    const { rows } = await this.client.query<{ overdue: boolean }>(
      `select coalesce((select captured_at < clock_timestamp() - $1 * interval '1 ms'
                          from belfry.changes order by id limit 1), false) as overdue`,
      [ms],
    );
    return rows[0]?.overdue ?? false;
  }

  /**
   * Takes up to `limit` changes off, in id order, inside the caller's transaction.
   *
   * The dead rows of what was taken before make every look from the very beginning slower, most of all behind an old
   * snapshot. So most looks begin where the last one did, and a look that did not fill up is followed by a whole one.
   */
  async take(limit: number): Promise<Change[]> {
    const whole = this.hintedLooks >= 16;
    const from = whole ? '0' : this.lowest;
    this.hintedLooks = whole ? 0 : this.hintedLooks + 1;
    const { rows } = await this.client.query<Change>({
      name: 'outbox-take',
      text: `delete from belfry.changes
              where id = any (array(select id from belfry.changes where id >= $2 order by id limit $1))
              returning ${COLUMNS}, ${this.committedAt} as committed_at`,
      values: [limit, from],
    });
    rows.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    if (rows.length < limit) this.lowest = '0';
    else if (rows[0] && from !== '0') this.lowest = rows[0].id;
    else this.lowest = rows[0]?.id ?? '0';
    return rows;
  }
}
