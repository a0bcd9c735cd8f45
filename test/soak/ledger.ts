import type pg from 'pg';
import type { CommittedRow, Ledger, Received } from '../support/ledger.js';
import type { Count } from '../support/oracle-marks.js';
import { channelOf, TABLES, TOPICS } from './rules.js';

/** Counted no further, as in Belfry. */
const CAP = 1_000;

type Stored = Record<'id' | 'audience' | 'begun_at', string> & Record<'writer' | 'number' | 'place', number>;

/** What the business's tables hold: the truth. Belfry's are only asked for what it made of it. */
export async function readLedger(client: pg.Client): Promise<Ledger> {
  const rows: CommittedRow[] = [];
  for (const [index, table] of TABLES.entries()) {
    const found = await client.query<Stored>(`select id, audience, writer, number, place, begun_at from public.${table}`);
    for (const { id, audience, writer, number, place, begun_at } of found.rows) {
      const row = { table: `public.${table}`, key: id, channel: channelOf(table, audience), topic: TOPICS[index] ?? '', writer, place };
      rows.push({ ...row, transaction: number, begunAt: Number(begun_at) });
    }
  }
  const notifications = await client.query<Received>(
    'select id, source_table as table, source_key as key from belfry.notifications where source_table = any ($1)', [TABLES.map((table) => `public.${table}`)]);
  const epochs = await client.query<{ name: string }>('select name from belfry.epochs');
  return { rows, notifications: notifications.rows, epochs: epochs.rows.map(({ name }) => name) };
}

/** What is unread, by a statement that owes nothing to Belfry's own. */
export async function countUnread(client: pg.Client, user: string, channels: readonly string[]): Promise<Count> {
  const { rows } = await client.query<{ unread: number }>(
    `select count(*)::int as unread
       from belfry.notifications n
       left join belfry.receipts r on r.user_id = $1 and r.position = n.position
      where n.position in (select position from belfry.audience where channel = any ($2))
        and not coalesce(r.read, n.position <= (select read_up_to from belfry.inboxes where user_id = $1))`,
    [user, channels],
  );
  const unread = rows[0]?.unread ?? 0;
  return { count: Math.min(unread, CAP), capped: unread > CAP };
}

/** Changes that wait, and those that were given up. */
export async function leftovers(client: pg.Client): Promise<{ waiting: number; parked: string[] }> {
  const waiting = await client.query<{ waiting: number }>('select count(*)::int as waiting from belfry.changes');
  const parked = await client.query<{ reason: string }>('select reason from belfry.failed_changes limit 20');
  return { waiting: waiting.rows[0]?.waiting ?? 0, parked: parked.rows.map(({ reason }) => reason) };
}
