import type pg from 'pg';
import type { Count } from '../../support/oracle-marks.js';
import { call } from '../inbox-client.js';
import type { Item, Line } from './inbox-model.js';

/** Counted no further, as in Belfry. */
const CAP = 1_000;

interface Page {
  data: Item[];
  pageInfo: { before: string | null; hasMore: boolean };
}

/** A whole list by REST, page by page, each from any server. @param which `&archived=true`, say */
export async function listAll(server: () => string, token: string, which = ''): Promise<Item[]> {
  const items: Item[] = [];
  let before = '';
  for (;;) {
    const { data, pageInfo } = (await call(server(), token, `?limit=100${which}${before}`)) as Page;
    items.push(...data);
    if (!pageInfo.hasMore) return items;
    before = `&before=${pageInfo.before}`;
  }
}

export type Shelf = 'list' | 'archive' | 'snoozed';

/** One admin's inbox as SQL has it. */
export interface Truth {
  lines: (Line & { shelf: Shelf })[];
  muted: readonly string[];
  unread: Count;
  unseen: Count;
  mine: Count;
  archived: Count;
}

type Row = Line & { shelf: Shelf; isMuted: boolean; isUnseen: boolean; isMine: boolean };

/** By one statement that owes nothing to Belfry's own: it looks at everything, and has no order to be quick in. */
export async function truthOf(client: pg.Client, user: string, channels: readonly string[]): Promise<Truth> {
  const { rows: [kept] } = await client.query<{ muted: string[] }>(
    `select coalesce((select array_agg(topic) from belfry.preferences p, jsonb_array_elements_text(p.preferences -> 'mutedTopics') as topic where p.user_id = $1), '{}') as muted`,
    [user],
  );
  const muted = kept?.muted ?? [];
  const { rows } = await client.query<Row>(
    `select n.id::text, n.position::text, own.place::text, n.topic, n.title, n.occurrences, own.read as "isRead", n.resolved_at is not null as "isResolved",
            n.claimed_by as "claimedBy", n.escalated_at is not null as "isEscalated", n.topic = any ($3) as "isMuted",
            own.place > greatest(i.read_up_to, i.seen_up_to) as "isUnseen",
            exists (select from belfry.audience a where a.position = n.position and a.channel = 'user:' || $1) as "isMine",
            case when r.archived_at is not null then 'archive' when r.snoozed_until is not null then 'snoozed' else 'list' end as shelf
       from belfry.notifications n
       join belfry.inboxes i on i.user_id = $1
       left join belfry.receipts r on r.user_id = $1 and r.position = n.position
      cross join lateral (select coalesce(r.surfaced, n.position) as place, coalesce(r.read, n.position <= i.read_up_to) as read) as own
      where exists (select from belfry.audience a where a.position = n.position and a.channel = any ($2))
      order by own.place desc`,
    [user, channels, muted],
  );
  const counted = rows.filter(({ shelf, isMuted, isRead, isResolved, claimedBy }) =>
    shelf === 'list' && !isMuted && !isRead && !isResolved && (claimedBy === null || claimedBy === user));
  return {
    lines: rows.filter(({ shelf, isMuted }) => shelf !== 'list' || !isMuted),
    muted,
    unread: capped(counted),
    unseen: capped(counted.filter(({ isUnseen }) => isUnseen)),
    mine: capped(counted.filter(({ isMine }) => isMine)),
    archived: capped(rows.filter(({ shelf }) => shelf === 'archive')),
  };
}

/** What is to come by itself, of those who write at rest: from the outbox, or by the clock. @returns in words; undefined: nothing */
export async function outstanding(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<Record<string, number>>(`
    select (select count(*)::int from belfry.changes) as changes,
           (select count(*)::int from belfry.receipts where snoozed_until is not null) as snoozed,
           (select count(*)::int from belfry.notifications where resolved_at is null and expires_at is not null) as "to expire",
           (select count(*)::int from belfry.notifications where resolved_at is null and escalate_at is not null and claimed_by is null) as "to escalate"`);
  const waiting = Object.entries(rows[0] ?? {}).filter(([, count]) => count > 0);
  return waiting.length === 0 ? undefined : waiting.map(([name, count]) => `${count} ${name}`).join(', ');
}

export function capped({ length }: readonly unknown[]): Count {
  return { count: Math.min(length, CAP), capped: length > CAP };
}
