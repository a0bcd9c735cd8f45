import type pg from 'pg';
import { Sweep } from './sweep.js';
import { Unpacker } from './unpack.js';

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
  /** Whose it is; the rest goes to them as it is. */
  receipt: ({ user: string } & Record<string, unknown>) | null;
  capture: string | null;
  /** How many changes it stands for, 1 where that was not counted; null: for itself. */
  bulk_rows: string | null;
  /** The first few of those: `[{ operation, key, old, new }]`, JSON text. */
  bulk_first: string | null;
  /** The row needs nobody any more. */
  resolves: boolean;
  transaction: string;
  captured_at: Date;
  committed_at: Date | null;
  db_role: string;
  application: string;
  actor: string | null;
  /** A test of the rule, for these channels alone; null: no test. */
  test_for: string[] | null;
}

const COLUMNS = 'id, rule, operation, key, old::text as old, new::text as new, receipt, capture, resolves, transaction, captured_at, db_role, application, actor, test_for, bulk_rows, bulk_first::text as bulk_first';
/** The same of the narrow table, as the view `belfry.changes` has it. */
const NARROW = `id, rule, operation, null::text as key, old::text as old, new::text as new, null::jsonb as receipt, null::text as capture, false as resolves, transaction, captured_at,
                writer[1] as db_role, writer[2] as application, nullif(writer[3], '') as actor, null::text[] as test_for, null::bigint as bulk_rows, null::text as bulk_first`;

/** What a look at the outbox finds: `$1` the most, and a look's `$2` above and `$3` seenBy. */
const FOUND = `belfry.changes
              where id > $2 and ($3::pg_snapshot is null or pg_visible_in_snapshot(transaction, $3::pg_snapshot))
              order by id limit $1`;

/** The relay's end of `belfry.changes`: it takes from the two tables of that view themselves. */
export class Outbox {
  private readonly sweep = new Sweep();
  private readonly unpacker: Unpacker;

  private constructor(
    private readonly client: pg.ClientBase,
    private readonly committedAt: string,
  ) {
    this.unpacker = new Unpacker(client);
  }

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

  /** Takes up to `limit` changes off, in id order, inside the caller's transaction. */
  async take(limit: number): Promise<Change[]> {
    const { above, seenBy } = this.sweep.next;
    const { rows } = await this.client.query<Change & { snapshot: string }>({
      name: 'outbox-take',
      text: `with found as materialized (select array(select id from ${FOUND}) as ids
             ), narrow as (
               delete from belfry.captured_rows where id = any ((select ids from found)::bigint[])
               returning ${NARROW}, ${this.committedAt} as committed_at
             ), wide as (
               delete from belfry.other_changes where id = any ((select ids from found)::bigint[])
               returning ${COLUMNS}, ${this.committedAt} as committed_at
             )
             select *, (select pg_current_snapshot()) as snapshot from (select * from narrow union all select * from wide) as taken`,
      values: [limit, above, seenBy],
    });
    rows.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    const last = rows.at(-1);
    if (last) this.sweep.note({ highest: BigInt(last.id), wasFull: rows.length === limit, snapshot: last.snapshot });
    else this.sweep.startOver();
    await this.takeMarksOf(rows);
    await this.unpacker.unpack(rows);
    return rows;
  }

  /** Whether the last look filled up: what comes next is read as of the same snapshot. */
  get isUnderWay(): boolean {
    return this.sweep.isUnderWay;
  }

  /** Reads what the next `take` would take. */
  async peek(limit: number): Promise<Change[]> {
    const { above, seenBy } = this.sweep.next;
    const { rows } = await this.client.query<Change>({
      name: 'outbox-peek',
      text: `select ${COLUMNS}, ${this.committedAt} as committed_at from ${FOUND}`,
      values: [limit, above, seenBy],
    });
    await this.unpacker.unpack(rows);
    return rows;
  }

  /**
   * Takes the first of what `peek` has read, inside the caller's transaction.
   *
   * @param goesOn whether there may be more of the same sweep
   * @returns the ids of those that were still there: another relay may have been quicker, a test may have been withdrawn
   */
  async takePeeked(changes: readonly Change[], goesOn: boolean): Promise<Set<string>> {
    const last = changes.at(-1);
    const { seenBy } = this.sweep.next;
    const taken = await this.takeKnown(changes);
    if (last && seenBy !== null) this.sweep.note({ highest: BigInt(last.id), wasFull: goesOn, snapshot: seenBy });
    return taken;
  }

  /**
   * Takes the first of what was taken last and is back, as its transaction was rolled back.
   *
   * @returns the ids of those that are still there: a test may have been withdrawn
   */
  async takeAgain(changes: readonly Change[]): Promise<Set<string>> {
    const taken = await this.takeKnown(changes);
    this.sweep.startOver();
    return taken;
  }

  private async takeKnown(changes: readonly Change[]): Promise<Set<string>> {
    const { rows } = await this.client.query<{ id: string }>({
      name: 'outbox-take-known',
      text: `with narrow as (delete from belfry.captured_rows where id = any ($1::bigint[]) returning id),
                  wide as (delete from belfry.other_changes where id = any ($1::bigint[]) returning id)
             select id from narrow union all select id from wide`,
      values: [changes.map(({ id }) => id)],
    });
    await this.takeMarksOf(changes);
    return new Set(rows.map(({ id }) => id));
  }

  /** What had bulks counted at their commit has done its work. */
  private async takeMarksOf(changes: readonly Change[]): Promise<void> {
    const bulks = changes.filter((change) => change.bulk_rows !== null).map(({ id }) => id);
    if (bulks.length > 0) await this.client.query('delete from belfry.bulks where change = any ($1::bigint[])', [bulks]);
  }

  /** What was taken is back: the transaction was rolled back. */
  startOver(): void {
    this.sweep.startOver();
  }
}
