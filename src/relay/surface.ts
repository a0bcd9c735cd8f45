import type pg from 'pg';
import type { JournalWrite } from './batch.js';

// Whoever holds a receipt at this moment is its admin marking it, or a purge: neither is waited for, and it comes back where it stood.
const SURFACE = `
  with back as (
    select r.user_id, r.position, s.surfaced
      from (select user_id, id, max(surfaced) as surfaced from unnest($1::text[], $2::bigint[], $3::bigint[]) as s (user_id, id, surfaced) group by user_id, id) as s
      join belfry.notifications n on n.id = s.id
      join belfry.receipts r on r.user_id = s.user_id and r.position = n.position and r.read is not null
       for update of r skip locked
  )
  update belfry.receipts r set surfaced = back.surfaced from back where r.user_id = back.user_id and r.position = back.position`;

/** Puts what has come back by itself on top of its admin's inbox: the entry that tells of it is its place. Asks nothing where nothing has. */
export async function surface(client: pg.ClientBase, journal: readonly JournalWrite[]): Promise<void> {
  const back = journal.filter(({ surfaces }) => surfaces);
  if (back.length === 0) return;
  await client.query({
    name: 'relay-surface',
    text: SURFACE,
    values: [back.map(({ ownOf }) => ownOf), back.map(({ notification }) => notification), back.map(({ position }) => position)],
  });
}
