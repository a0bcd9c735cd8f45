import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toPrincipal } from '../../src/auth/principal.js';
import type { PrismaService } from '../../src/database/prisma.service.js';
import { CountsRepository } from '../../src/inbox/counts.repository.js';
import type { FeedFilter } from '../../src/inbox/feed-filter.js';
import { type FeedPage, FeedRepository } from '../../src/inbox/feed.repository.js';
import { TestApp } from '../support/app.js';
import { Asked, MOST_COST, rowsOf } from '../support/asked.js';

const RULES = 'rules: []';
const NOTIFICATIONS = 60_000;
const ROLES = Array.from({ length: 40 }, (_, nth) => `r${nth}`);
/** Rows that a question may look at, in all its tables; the audience alone has 80,000. */
const MOST_ROWS = 12_000;

/** Admins by how far they have read; one had a thousand come back from a snooze, to places among the others and above them. Every notification goes to one role of forty, a third to support too, each tenth to one user. */
const FILL = `
  insert into belfry.notifications (id, position, topic, severity, title, created_at, updated_at, resolved_at, claimed_by)
  select n, n, case when n % 20000 = 7 then 'rare.one' else 'topic.t' || n % 20 end, case when n % 50 = 0 then 'critical' else 'info' end, 'n', now(), now(), case when n % 9 = 0 then now() end,
         case when n % 35 = 0 then (array['never', 'half', 'done', 'glanced', 'other1'])[1 + n % 5] end
    from generate_series(1, ${NOTIFICATIONS}) n;
  insert into belfry.audience (channel, position, topic, severity, settled)
  select channel, n, topic, severity, resolved_at is not null or claimed_by is not null from belfry.notifications, lateral (select id as n) as numbered cross join lateral (
    select 'role:r' || n % ${ROLES.length} as channel
    union all select 'role:support' where n % 3 = 0
    union all select 'user:u' || n % 2000 where n % 10 = 1) c;
  insert into belfry.inboxes (user_id, read_up_to, seen_up_to) values ('never', 0, 0), ('half', ${NOTIFICATIONS / 2}, 0), ('done', ${NOTIFICATIONS}, 0),
    ('glanced', 0, ${NOTIFICATIONS - 700}), ('looked', 0, ${NOTIFICATIONS - 3000}), ('nearly', ${NOTIFICATIONS - 1200}, ${NOTIFICATIONS - 600});
  insert into belfry.receipts (user_id, position, read, read_at)
  select u, n, n % 4 <> 0, now() from unnest('{never,half,done}'::text[]) u, generate_series(1, ${NOTIFICATIONS}, 200) n;
  insert into belfry.inboxes (user_id) values ('clicker');
  insert into belfry.receipts (user_id, position, read, archived_at)
  select 'clicker', n, true, case when n % 3 = 0 then now() end from generate_series(1, ${NOTIFICATIONS}, 20) n;
  insert into belfry.inboxes (user_id) values ('alarmed');
  insert into belfry.notifications (id, position, topic, severity, title, created_at, updated_at, resolved_at)
  select n, n, 'alarm', 'critical', 'settled itself', now(), now(), now() from generate_series(${NOTIFICATIONS + 1}, ${NOTIFICATIONS + 20_000}) n;
  insert into belfry.audience (channel, position, topic, severity, settled)
  select channel, n, 'alarm', 'critical', true from generate_series(${NOTIFICATIONS + 1}, ${NOTIFICATIONS + 20_000}) n, unnest('{user:alarmed,role:a1,role:a2,role:a3}'::text[]) channel;
  insert into belfry.receipts (user_id, position, read) select 'other' || n % 500, n, true from generate_series(1, ${NOTIFICATIONS}) n;
  insert into belfry.inboxes (user_id, read_up_to, seen_up_to) values ('snoozer', ${NOTIFICATIONS - 10_000}, ${NOTIFICATIONS + 50_000});
  insert into belfry.receipts (user_id, position, read, archived_at, snoozed_until, surfaced)
  select 'snoozer', n, nth % 3 = 0, case when nth % 11 = 0 then now() end, case when nth % 11 = 1 then now() end,
         case when nth <= 200 then ${NOTIFICATIONS / 2 + 5} + 120 * nth else ${NOTIFICATIONS + 20_000} + n * 7919 % 60000 end
    from (select n, row_number() over (order by n) as nth from generate_series(1, ${NOTIFICATIONS}) n where n % 80 in (1, 2)) as numbered;
  update belfry.notifications set claimed_by = 'snoozer' where id % 80 = 1 and id % 7 = 0 and resolved_at is null;
  update belfry.relay_state set position = ${NOTIFICATIONS + 80_000};
  analyze belfry.notifications, belfry.audience, belfry.inboxes, belfry.receipts`;

const PLAIN = `
  select count(*) as unread, count(*) filter (where coalesce(r.surfaced, n.position) > i.seen_up_to) as unseen
    from belfry.inboxes i
    cross join belfry.notifications n
    left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
   where i.user_id = $2 and n.resolved_at is null and coalesce(n.claimed_by, i.user_id) = i.user_id
     and coalesce(r.read, n.position <= i.read_up_to) = false and r.archived_at is null and r.snoozed_until is null
     and n.position in (select position from belfry.audience where channel = any ($1))`;

/** The newest of a list by status, in the plainest words. */
const PLAIN_LIST = `
  select n.position, coalesce(r.surfaced, n.position) as place
    from belfry.inboxes i
    cross join belfry.notifications n
    left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
    cross join lateral (select n.resolved_at is null and coalesce(n.claimed_by, i.user_id) = i.user_id
                               and coalesce(r.read, n.position <= i.read_up_to) = false as is_open) as o
   where i.user_id = $2 and r.archived_at is null and r.snoozed_until is null and coalesce(r.surfaced, n.position) < $4
     and case $3 when 'unread' then is_open when 'read' then not is_open else true end
     and n.position in (select position from belfry.audience where channel = any ($1))
   order by place desc limit $5`;

describe('what an inbox reads, however much there is', () => {
  let app: TestApp;
  let prisma: PrismaService;
  let asked: Asked;
  const all: FeedFilter = { status: 'all', archived: false, snoozed: false, limit: 20 };
  const principal = (user: string, roles: string[]): ReturnType<typeof toPrincipal> =>
    toPrincipal({ sub: user, roles, exp: Date.now() / 1_000 + 60 }, 'roles');

  beforeAll(async () => {
    app = await TestApp.start({ rules: RULES, prepare: () => Promise.resolve() });
    await app.business.query(FILL);
    asked = new Asked(app.database.url);
    ({ prisma } = asked);
  });
  afterAll(async () => {
    await asked.close();
    await app.close();
  });

  const questions: Record<string, (who: ReturnType<typeof toPrincipal>) => Promise<unknown>> = {
    'the counts': (who) => new CountsRepository(prisma).counts(who),
    'the counts by severity': (who) => new CountsRepository(prisma).bySeverity(who),
    'the first page': (who) => new FeedRepository(prisma).page(who, all),
    'a page in the middle': (who) => new FeedRepository(prisma).page(who, { ...all, before: BigInt(NOTIFICATIONS / 2) }),
    'a page of newer ones': (who) => new FeedRepository(prisma).page(who, { ...all, after: BigInt(NOTIFICATIONS / 2) }),
    'what is unread': (who) => new FeedRepository(prisma).page(who, { ...all, status: 'unread' }),
    'what is read': (who) => new FeedRepository(prisma).page(who, { ...all, status: 'read' }),
    'one topic': (who) => new FeedRepository(prisma).page(who, { ...all, topics: ['topic.t3'] }),
    'a topic that is rare, and one that nothing has': (who) => new FeedRepository(prisma).page(who, { ...all, topics: ['rare.one', 'no.such'] }),
    'what is critical': (who) => new FeedRepository(prisma).page(who, { ...all, severities: ['critical', 'warning'] }),
    'one topic, where it is critical and unread': (who) => new FeedRepository(prisma).page(who, { ...all, status: 'unread', topics: ['topic.t3'], severities: ['critical'] }),
    'what is of no muted topic': (who) => new FeedRepository(prisma).page(who, { ...all, muted: ['topic.t1', 'topic.t6'] }),
    'what is addressed by name': (who) => new FeedRepository(prisma).page(who, { ...all, mine: true }),
    'a word that nothing has': (who) => new FeedRepository(prisma).page(who, { ...all, q: 'nowhere' }),
    'what is archived, in the middle': (who) => new FeedRepository(prisma).page(who, { ...all, archived: true, before: BigInt(NOTIFICATIONS / 2) }),
    'what is archived': (who) => new FeedRepository(prisma).page(who, { ...all, archived: true }),
  };
  const users = ['never', 'half', 'done', 'clicker', 'alarmed', 'snoozer'];
  it.each(Object.keys(questions).flatMap((question) => users.map((user) => [question, user])))('%s, of one who has read it: %s', async (question, user) => {
    for (const roles of [['r1'], user === 'alarmed' ? ['a1', 'a2', 'a3'] : [...ROLES, 'support']]) {
      asked.forget();
      await questions[question]?.(principal(user, roles));
      expect(asked.times).toBe(1);
      const looked = await asked.explained(app.business);
      expect(looked.filter(({ node, table }) => node === 'Seq Scan' && !SMALL.has(table))).toEqual([]);
      expect(rowsOf(looked)).toBeLessThan(MOST_ROWS);
      expect(asked.cost).toBeLessThan(MOST_COST);
    }
  });

  it('is counted by plans that are kept where sessions are one’s own, whoever asks, and by none elsewhere', async () => {
    for (const [keeps, unplanned] of [[true, [1, 1, 1]], [false, []]] as const) {
      const own = new Asked(app.database.url, keeps);
      const counts = new CountsRepository(own.prisma);
      for (const who of [['r1'], ROLES, ['a1'], ['r1', 'r2'], [...ROLES, 'support'], ['r1']].map((roles, nth) => principal(users[nth] ?? '', roles))) {
        await counts.counts(who);
        await counts.bySeverity(who);
        await counts.byTab(who);
      }
      expect((await own.kept()).map((question) => question.unplanned)).toEqual(unplanned);
      await own.close();
    }
  });

  it.each(users)('lists what plain SQL lists, of one who has read it: %s', async (user) => {
    for (const roles of [['r1'], ['a1', 'r1', 'r2', 'support']]) {
      const who = principal(user, roles);
      for (const status of ['all', 'unread', 'read'] as const) {
        for (const before of [NOTIFICATIONS + 90_000, NOTIFICATIONS + 50_000, NOTIFICATIONS, NOTIFICATIONS / 2 + 100, 200]) {
          const { rows } = await app.business.query<{ position: string }>(PLAIN_LIST, [who.channels, user, status, before, all.limit]);
          const { notifications } = await new FeedRepository(prisma).page(who, { ...all, status, before: BigInt(before) });
          expect(notifications.map(({ position }) => position)).toEqual(rows.map(({ position }) => position));
        }
      }
    }
  });

  it('goes on from page to page by the places that what was snoozed came back to', async () => {
    const who = principal('snoozer', ['r1', 'r2']);
    for (const filter of [{ status: 'all' }, { status: 'unread' }, { status: 'read' }, { status: 'unread', q: 'n' }] as const) {
      const { rows } = await app.business.query<{ position: string; place: string }>(PLAIN_LIST, [who.channels, 'snoozer', filter.status, NOTIFICATIONS + 90_000, 1_000]);
      const down: string[] = [];
      let before: string | null = String(NOTIFICATIONS + 90_000);
      while (before !== null && down.length < rows.length) {
        const page: FeedPage = await new FeedRepository(prisma).page(who, { ...all, ...filter, limit: 99, before: BigInt(before) });
        down.push(...page.notifications.map(({ position }) => position));
        before = page.hasMore ? page.before : null;
      }
      expect(down.slice(0, rows.length)).toEqual(rows.map(({ position }) => position));
      if ('q' in filter) continue;
      const up = await new FeedRepository(prisma).page(who, { ...all, ...filter, limit: 99, after: BigInt(rows[500]?.place ?? '') });
      expect(up.notifications.map(({ position }) => position)).toEqual(rows.slice(401, 500).map(({ position }) => position));
    }
  });

  it.each(['never', 'half', 'done', 'glanced', 'looked', 'nearly', 'clicker', 'alarmed', 'snoozer'])('counts what plain SQL counts, of one who has read it: %s', async (user) => {
    for (const roles of [['r1'], ['r1', 'r2', 'r3', 'support'], ROLES.slice(0, 20), [...ROLES, 'support']]) {
      const who = principal(user, roles);
      const { rows } = await app.business.query<Record<'unread' | 'unseen', string>>(PLAIN, [who.channels, user]);
      const expected = (counted: unknown): object => ({ count: Math.min(Number(counted), 1_000), capped: Number(counted) > 1_000 });
      const counts = await new CountsRepository(prisma).counts(who);
      expect(counts).toMatchObject({ unread: expected(rows[0]?.unread), unseen: expected(rows[0]?.unseen) });
      const bySeverity = Object.values(await new CountsRepository(prisma).bySeverity(who));
      expect(bySeverity.every(({ capped }) => capped === counts.unread.capped)).toBe(true);
      expect(Math.min(bySeverity.reduce((sum, { count }) => sum + count, 0), 1_000)).toBe(counts.unread.count);
    }
  });

  /** Tables of one row. */
  const SMALL = new Set(['relay_state', 'retention', 'inboxes']);
});
