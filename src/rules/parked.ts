import type pg from 'pg';
import { inTransaction } from '../database/transaction.js';

/** Which parked changes; all that are given must hold. None given: all of them. */
export interface ParkedFilter {
  ids?: readonly string[];
  topic?: string;
}

/** A parked change that waits for the relay again. */
export interface Retried {
  topic: string | null;
  /** Why it was parked. */
  reason: string;
}

// Under the version of its rule that is in force: that is the one which was mended. A rule that has left the file is
// tried as it was, and so is what only its own version can read (compact-row.ts). New ids in the order of the old ones: the relay takes by id.
const RETRY = `
  with retried as (
    delete from belfry.failed_changes f
     where ($1::bigint[] is null or f.id = any ($1))
       and ($2::text is null or f.rule in (select id from belfry.rules where topic = $2))
    returning f.*
  ), named as (
    select f.*, was.topic, case when 'array' in (jsonb_typeof(f.old), jsonb_typeof(f.new)) then f.rule else coalesce(now.id, f.rule) end as current
      from retried f
      left join belfry.rules was on was.id = f.rule
      left join belfry.rules now on now.topic = was.topic and now.retired_at is null
  ), sent as (
    insert into belfry.changes (rule, operation, key, old, new, receipt, transaction, captured_at, db_role, application, actor, resolves, test_for, bulk_rows, bulk_first)
    select current, operation, key, old, new, receipt, transaction, captured_at, db_role, application, actor, resolves, test_for, bulk_rows, bulk_first
      from named order by id
  )
  select topic, reason from named order by id`;

/**
 * Puts parked changes back into the outbox, in one transaction and in their order. A change whose `when` failed was meant or
 * not, nobody knows: whoever sends it again says that it was.
 */
export async function retryParked(client: pg.ClientBase, { ids, topic }: ParkedFilter): Promise<Retried[]> {
  return inTransaction(client, async () => {
    const { rows } = await client.query<Retried>(RETRY, [ids ?? null, topic ?? null]);
    if (rows.length > 0) await client.query('select belfry.ring()');
    return rows;
  });
}
