import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toPrincipal } from '../../src/auth/principal.js';
import type { PrismaService } from '../../src/database/prisma.service.js';
import { CountsRepository } from '../../src/inbox/counts.repository.js';
import type { FeedFilter } from '../../src/inbox/feed-filter.js';
import { type FeedPage, FeedRepository } from '../../src/inbox/feed.repository.js';
import { TestApp } from '../support/app.js';
import { Asked, MOST_COST, rowsOf } from '../support/asked.js';

const MUTED = ['noise'];
/** Below the noise, and above it. */
const [OLD, NOISE, NEW] = [3_000, 40_000, 12];
const ALL = OLD + NOISE + NEW;
/** Above what was told: here came back what had been snoozed. */
const END = ALL + 4;
/** Of the noise, open, and below the watermark of those who have read all. */
const [BACK, AGAIN, TAKEN] = [OLD + NOISE - 1, OLD + NOISE - 5, OLD + NOISE - 3];
/** Rows that a question may look at, in all its tables; of noise alone there are 40,000 on top, half of them settled. */
const MOST_ROWS = 9_000;

const FILL = `
  insert into belfry.notifications (id, position, topic, severity, title, created_at, updated_at, resolved_at, claimed_by)
  select n, n, case when n between ${OLD + 1} and ${OLD + NOISE} then 'noise' else 'topic.t' || n % 12 end, (array['info', 'warning', 'critical'])[1 + n % 3], 'n', now(), now(),
         case when n % 2 = 0 and n > ${OLD} or n % 9 = 0 then now() end, case when n % 700 = 1 then 'fresh' when n % 700 = 2 then 'other' end
    from generate_series(1, ${ALL}) n;
  insert into belfry.audience (channel, position, topic, severity, settled)
  select channel, n, topic, severity, resolved_at is not null or claimed_by is not null from belfry.notifications, lateral (select id as n) as numbered cross join lateral (
    select 'role:q' as channel
    union all select 'role:p' where n % 100 = 0 or topic <> 'noise' and n % 2 = 1
    union all select 'user:fresh' where n % 200 = 3) c;
  insert into belfry.inboxes (user_id, read_up_to, seen_up_to) values ('fresh', 0, 0), ('half', ${OLD / 2}, ${OLD}), ('within', ${OLD + NOISE / 2}, 0), ('done', ${ALL}, ${ALL});
  insert into belfry.receipts (user_id, position, read)
  select u, n, n % 4 <> 0 from unnest('{fresh,half,within,done}'::text[]) u, generate_series(1, ${ALL}, 150) n;
  insert into belfry.preferences (user_id, preferences) select user_id, '{"mutedTopics": ["noise"]}' from belfry.inboxes;
  -- What is looked for by itself, of the noise and of another topic: claimed, back from a snooze, and marked as unread one by one.
  update belfry.notifications set claimed_by = 'within' where position in (${TAKEN}, ${ALL - 5});
  insert into belfry.receipts (user_id, position, read, surfaced) values
    ('done', ${BACK}, false, ${ALL + 1}), ('done', ${ALL - 3}, false, ${ALL + 2}), ('within', ${BACK}, false, ${ALL + 3}), ('within', ${ALL - 3}, false, ${ALL + 4});
  insert into belfry.receipts (user_id, position, read) values ('done', ${AGAIN}, false), ('done', ${ALL - 7}, false);
  insert into belfry.receipts (user_id, position, read) select 'other' || n % 500, n, true from generate_series(1, ${ALL}) n;
  update belfry.relay_state set position = ${END};
  analyze belfry.notifications, belfry.audience, belfry.inboxes, belfry.receipts`;

/** In the plainest words: what is the admin's and not muted, and whether it is unread. */
const PLAIN = `
  select n.position, n.severity, coalesce(r.surfaced, n.position) as place, coalesce(r.surfaced, n.position) > i.seen_up_to as unseen,
         n.resolved_at is null and coalesce(n.claimed_by, i.user_id) = i.user_id and coalesce(r.read, n.position <= i.read_up_to) = false as unread
    from belfry.inboxes i
    cross join belfry.notifications n
    left join belfry.receipts r on r.user_id = i.user_id and r.position = n.position
   where i.user_id = $2 and n.topic <> all ($3) and n.position in (select position from belfry.audience where channel = any ($1))
   order by place desc`;

interface Row {
  position: string;
  place: string;
  severity: string;
  unread: boolean;
  unseen: boolean;
}

describe('an inbox with a muted topic', () => {
  let app: TestApp;
  let prisma: PrismaService;
  let asked: Asked;
  const principal = (user: string, roles: string[]): ReturnType<typeof toPrincipal> =>
    toPrincipal({ sub: user, roles, exp: Date.now() / 1_000 + 60 }, 'roles');
  const plain = async ({ userId, channels }: ReturnType<typeof toPrincipal>): Promise<Row[]> =>
    (await app.business.query<Row>(PLAIN, [channels, userId, MUTED])).rows;

  beforeAll(async () => {
    app = await TestApp.start({ rules: 'rules: []', prepare: () => Promise.resolve() });
    await app.business.query(FILL);
    asked = new Asked(app.database.url);
    ({ prisma } = asked);
  });
  afterAll(async () => {
    await asked.close();
    await app.close();
  });

  const users = [['fresh', ['q']], ['fresh', ['p', 'q']], ['half', ['p', 'q']], ['within', ['p']], ['within', ['q']], ['done', ['p', 'q']]] as const;
  it.each(users)('counts what plain SQL counts without it, and walks through none of it: %s, %j', async (user, roles) => {
    const who = principal(user, [...roles]);
    const unread = (await plain(who)).filter((row) => row.unread);
    const expected = (rows: Row[]): object => ({ count: Math.min(rows.length, 1_000), capped: rows.length > 1_000 });
    asked.forget();
    const counts = await new CountsRepository(prisma).counts({ ...who, muted: MUTED });
    expect(asked.times).toBe(1);
    expect(rowsOf(await asked.explained(app.business))).toBeLessThan(MOST_ROWS);
    expect(asked.cost).toBeLessThan(MOST_COST);
    expect(counts).toMatchObject({ unread: expected(unread), unseen: expected(unread.filter(({ unseen }) => unseen)) });
    // What it did not know it finds out.
    expect(await new CountsRepository(prisma).counts(who)).toEqual(counts);
    expect(await new CountsRepository(prisma).counts({ ...who, muted: ['topic.t1'] })).toEqual(counts);

    const bySeverity = await new CountsRepository(prisma).bySeverity(who, MUTED);
    if (!counts.unread.capped) {
      for (const severity of ['info', 'warning', 'critical'] as const) expect(bySeverity[severity]).toMatchObject(expected(unread.filter((row) => row.severity === severity)));
    }
    const own = (await plain({ ...who, channels: [`user:${user}`] })).filter((row) => row.unread);
    expect((await new CountsRepository(prisma).byTab(who, MUTED)).mine).toEqual(expected(own));
  });

  it.each(users)('lists what plain SQL lists without it, from page to page, and walks through none of it: %s, %j', async (user, roles) => {
    const who = principal(user, [...roles]);
    const rows = await plain(who);
    const all: FeedFilter = { status: 'all', archived: false, snoozed: false, limit: 70, muted: MUTED };
    const kinds: [Partial<FeedFilter>, (row: Row) => boolean][] = [
      [{}, () => true],
      [{ status: 'unread' }, ({ unread }) => unread],
      [{ status: 'read' }, ({ unread }) => !unread],
      [{ severities: ['critical', 'info'] }, ({ severity }) => severity !== 'warning'],
      [{ status: 'unread', severities: ['critical'] }, ({ severity, unread }) => unread && severity === 'critical'],
      [{ q: 'n' }, () => true],
    ];
    for (const [filter, isOf] of kinds) {
      const those = rows.filter(isOf);
      const expected = those.map(({ position }) => position);
      const down: string[] = [];
      let before: string | null = String(END + 1);
      while (before !== null && down.length < 210) {
        const page: FeedPage = await new FeedRepository(prisma).page(who, { ...all, ...filter, before: BigInt(before) });
        // A search looks through some 2,000 in all, of one place or of many.
        if (filter.q === undefined) expect(rowsOf(await asked.explained(app.business))).toBeLessThan(MOST_ROWS);
        if (filter.q === undefined) expect(asked.cost).toBeLessThan(MOST_COST);
        down.push(...page.notifications.map(({ position }) => position));
        before = page.hasMore ? page.before : null;
      }
      expect(down).toEqual(expected.slice(0, before === null ? undefined : down.length));
      if (filter.q !== undefined) continue;
      for (const after of [0, OLD - 50, OLD + 20_000]) {
        const { notifications } = await new FeedRepository(prisma).page(who, { ...all, ...filter, after: BigInt(after) });
        const above = those.filter(({ place }) => Number(place) > after);
        expect(notifications.map(({ position }) => position)).toEqual(above.slice(-70).map(({ position }) => position));
      }
    }
  });

  it('has it where it is asked for by name', async () => {
    const { notifications } = await new FeedRepository(prisma).page(principal('fresh', ['q']), { status: 'all', archived: false, snoozed: false, limit: 5, topics: ['noise'], muted: MUTED });
    expect(notifications.map(({ topic }) => topic)).toEqual(Array(5).fill('noise'));
  });
});
