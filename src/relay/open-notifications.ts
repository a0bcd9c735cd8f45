import type pg from 'pg';
import type { Decided } from './outcome.js';

/** A notification that a later change may raise again, resolve or escalate, as it stands in the tables. */
export interface OpenNotification {
  id: bigint;
  position: bigint;
  topic: string;
  key: string | null;
  sourceTable: string | null;
  sourceKey: string | null;
  /** Whom it goes to. */
  channels: string[];
  occurrences: number;
  /** Titles of the last few changes that it is of, newest first. */
  latest: string[];
  windowEndsAt: Date | null;
  /** A later change of its row resolves it. */
  resolvable: boolean;
  claimed: boolean;
  /** When it is to be escalated, where nobody has taken it on by then; null: never, or it is due already. */
  escalateAt: Date | null;
  /** Whom it goes to then as well, or does. */
  escalateTo: string[];
  /** Null until it was escalated. */
  escalatedAt: Date | null;
  /** Lies below what is kept: it is gone for everybody, only its row is still there. */
  purged: boolean;
}

// The ids first, so that each of the indexes is used; then the rows, locked, for whoever else resolves what has expired.
const FIND = `
  select n.id, n.position, n.topic, n.key, n.source_table as "sourceTable", n.source_key as "sourceKey", n.occurrences,
         coalesce(n.latest, '{}') as latest, n.window_ends_at as "windowEndsAt", n.resolvable,
         n.claimed_by is not null as claimed, n.escalate_at as "escalateAt", coalesce(n.escalate_to, '{}') as "escalateTo", n.escalated_at as "escalatedAt",
         n.position <= (select notifications_purged_up_to from belfry.retention) as purged,
         array(select a.channel from belfry.audience a where a.position = n.position) as channels
    from belfry.notifications n
   where n.id = any (array(
           select k.id
             from unnest($1::text[], $2::text[]) as asked (topic, key)
             join belfry.notifications k on k.topic = asked.topic and k.key = asked.key
            where k.key is not null and k.resolved_at is null
           union
           select s.id
             from unnest($3::text[], $4::text[]) as asked (topic, key)
             join belfry.notifications s on s.topic = asked.topic and s.source_key = asked.key
            where s.resolvable and s.resolved_at is null
           union
           select unnest($5::bigint[])))
     and n.resolved_at is null
     for update of n`;

type Row = Omit<OpenNotification, 'id' | 'position'> & { id: string; position: string };

/** What these changes may raise again, resolve or escalate. Locks it, in the caller's transaction. Asks nothing where none of them does. */
export async function findOpen(client: pg.ClientBase, decided: readonly Decided[]): Promise<OpenNotification[]> {
  const keys: { topic: string; key: string }[] = [];
  const rows: { topic: string; key: string }[] = [];
  const ids: bigint[] = [];
  for (const { outcome } of decided) {
    if (outcome.kind === 'notification' && outcome.rendered.key !== null) keys.push({ topic: outcome.rendered.topic, key: outcome.rendered.key });
    if (outcome.kind === 'escalate') ids.push(outcome.notification);
    if (outcome.kind === 'resolve') (outcome.by === 'key' ? keys : rows).push({ topic: outcome.topic, key: outcome.key });
  }
  if (keys.length + rows.length + ids.length === 0) return [];
  const found = await client.query<Row>({
    name: 'relay-find-open',
    text: FIND,
    values: [keys.map(({ topic }) => topic), keys.map(({ key }) => key), rows.map(({ topic }) => topic), rows.map(({ key }) => key), ids],
  });
  return found.rows.map((row) => ({ ...row, id: BigInt(row.id), position: BigInt(row.position) }));
}
