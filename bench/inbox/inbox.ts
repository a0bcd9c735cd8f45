import pg from 'pg';
import { toPrincipal, type Principal } from '../../src/auth/principal.js';
import type { Connections } from '../../src/database/connections.js';
import { migrate } from '../../src/database/migrations.js';
import { PrismaService } from '../../src/database/prisma.service.js';
import { CountsRepository } from '../../src/inbox/counts.repository.js';
import type { FeedFilter } from '../../src/inbox/feed-filter.js';
import { FeedRepository } from '../../src/inbox/feed.repository.js';
import { MarksRepository } from '../../src/inbox/marks.repository.js';
import type { Bench } from '../bench.js';
import { compare, type Figure, percentile } from '../figures.js';
import { fill, MUTED, OTHERS, ROLES } from './fill.js';

/** Notifications. What is asked is held against the same at a tenth and a hundredth of it, so that the slope is seen. */
const SIZE = 1_000_000;
const QUICK_SIZE = 100_000;
const NEED_MS = 5;

const ALL: FeedFilter = { status: 'all', archived: false, snoozed: false, limit: 20 };

interface Question {
  name: string;
  ask: (who: Principal, at: { feed: FeedRepository; counts: CountsRepository; marks: MarksRepository; size: number }) => Promise<unknown>;
  needed?: true;
  /** Who asks: admins that are alike but for this. */
  by?: keyof typeof OTHERS;
}

const QUESTIONS: readonly Question[] = [
  { name: 'the counts', ask: (who, { counts }) => counts.counts(who), needed: true },
  { name: 'the first page', ask: (who, { feed }) => feed.page(who, ALL), needed: true },
  { name: 'the first page of what is unread', ask: (who, { feed }) => feed.page(who, { ...ALL, status: 'unread' }), needed: true },
  { name: 'the counts, of one who has muted topics', ask: (who, { counts }) => counts.counts({ ...who, muted: MUTED }), by: 'muted' },
  { name: 'the first page, of one who has muted topics', ask: (who, { feed }) => feed.page(who, { ...ALL, muted: MUTED }), by: 'muted' },
  { name: 'the counts, of one whose snoozes came back', ask: (who, { counts }) => counts.counts(who), by: 'snoozed' },
  { name: 'what is unread, of one whose snoozes came back', ask: (who, { feed }) => feed.page(who, { ...ALL, status: 'unread' }), by: 'snoozed' },
  { name: 'page 500', ask: (who, { feed, size }) => feed.page(who, { ...ALL, before: BigInt(Math.max(1, size - 10_000)) }) },
  { name: 'counts by severity', ask: (who, { counts }) => counts.bySeverity(who) },
  { name: 'a rare topic', ask: (who, { feed }) => feed.page(who, { ...ALL, topics: ['rare.topic'] }) },
  { name: 'what is critical', ask: (who, { feed }) => feed.page(who, { ...ALL, severities: ['critical'] }) },
  { name: 'a search that finds nothing', ask: (who, { feed }) => feed.page(who, { ...ALL, q: 'nowhere' }) },
  { name: 'mark all read', ask: (who, { marks, size }) => marks.readUpTo(who, BigInt(size)) },
];

/** Who asks: some never read anything, some nothing for long, some nearly all; with two roles, and with forty. */
function askers(by?: keyof typeof OTHERS): Principal[] {
  const forty = Array.from({ length: ROLES }, (_, nth) => `r${nth}`);
  const of = (userId: string, roles: string[]): Principal => toPrincipal({ sub: userId, roles, exp: Date.now() / 1_000 + 3_600 }, 'roles');
  const roles = [['r1', 'support'], ['r1', 'support'], ['r2'], [...forty, 'support'], [...forty, 'support'], [...forty, 'support']];
  const users = by ? OTHERS[by] : ['u0', 'u1', 'u2', 'u5', 'u6', 'u7'];
  return users.map((user, nth) => of(user, roles[nth] ?? []));
}

/** What an inbox costs PostgreSQL, planning included, when there is a lot in it: nobody else is at the database. */
export const benchInbox: Bench = async ({ server, quick, log, atEnd, size: asked }) => {
  const url = await server.createDatabase('inbox');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  atEnd(() => client.end());
  await migrate(client, 'prisma/migrations', 'belfry');
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const prisma = new PrismaService({ requests: pool, keepsStatements: true } as unknown as Connections);
  let isOver = false;
  atEnd(async () => {
    if (isOver) return;
    isOver = true;
    await prisma.$disconnect();
    await pool.end();
  });
  const spent = spentIn(pool, client);
  const repositories = { feed: new FeedRepository(prisma), counts: new CountsRepository(prisma), marks: new MarksRepository(prisma) };

  const full = asked ?? (quick ? QUICK_SIZE : SIZE);
  const bySize: Map<string, number[]>[] = [];
  for (const size of [full / 100, full / 10, full]) {
    await fill(client, size);
    const p95s = new Map<string, number[]>(QUESTIONS.map(({ name }) => [name, []]));
    for (let round = 0; round < (quick ? 2 : 5); round++) {
      for (const { name, ask, by } of QUESTIONS) {
        const times: number[] = [];
        for (const who of askers(by)) {
          for (let nth = 0; nth < 5; nth++) times.push(await spent(() => ask(who, { ...repositories, size })));
        }
        p95s.get(name)?.push(percentile(Float64Array.from(times).sort(), 0.95));
      }
      // Reading everything is done once, and then undone for the next round.
      await fill(client, size);
    }
    bySize.push(p95s);
    log(`${size}: ${[...p95s].map(([name, values]) => `${name} ${Math.max(...values).toFixed(1)} ms`).join(', ')}; ${await sizes(client)}`);
  }
  return QUESTIONS.flatMap(({ name, needed }): Figure[] => {
    const [least = [], small = [], large = []] = bySize.map((p95s) => p95s.get(name) ?? []);
    const against = (smaller: readonly number[], what: string): Figure =>
      compare(
        `inbox of ${full}, ${name}, p95, to ${what}`,
        'ms',
        large.map((value, nth) => ({ value, baseline: smaller[nth] ?? NaN })),
        what,
        needed ? { of: 'value', atMost: NEED_MS } : null,
      );
    return [against(small, 'a tenth of it'), against(least, 'a hundredth of it')];
  });
};

/**
 * @returns a measure of what the questions of some work cost PostgreSQL itself, by its own clock, planning included where it is planned, in
 * milliseconds; of what writes, the time until it was answered, less that of an empty question
 */
function spentIn(pool: pg.Pool, client: pg.Client): (work: () => Promise<unknown>) => Promise<number> {
  let asked: { name?: string; text: string; values: unknown[] }[] = [];
  const kept = new Set<string>();
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  Object.assign(pool, {
    query: (question: { name?: string; text: string; values: unknown[] }, ...rest: unknown[]) => {
      asked.push(question);
      return query(question, ...rest);
    },
  });
  return async (work) => {
    const ping = performance.now();
    await client.query('select');
    asked = [];
    const start = performance.now();
    await work();
    const took = Math.max(0, performance.now() - start - (start - ping));
    if (asked.length === 0) return took;
    let inside = 0;
    for (const { name, text, values } of asked) {
      // As in a connection that is not new: its first five times are planned.
      if (name && !kept.has(name)) for (let nth = 0; nth < 6; nth++) await client.query({ name, text, values });
      if (name) kept.add(name);
      const question = name ? `execute ${name} (${values.map(toLiteral).join(', ')})` : text;
      const { rows } = await client.query<{ 'QUERY PLAN': [{ 'Planning Time': number; 'Execution Time': number }] }>(
        `explain (analyze, timing off, format json) ${question}`, name ? [] : values,
      );
      for (const row of rows) inside += row['QUERY PLAN'][0]['Planning Time'] + row['QUERY PLAN'][0]['Execution Time'];
    }
    return inside;
  };
}

function toLiteral(value: unknown): string {
  return Array.isArray(value) ? `array[${value.map(toLiteral).join(', ')}]::text[]` : pg.escapeLiteral(String(value));
}

async function sizes(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string; size: string }>(
    `select relname as name, pg_size_pretty(pg_relation_size(oid)) as size from pg_class
      where relnamespace = 'belfry'::regnamespace and pg_relation_size(oid) > 1000000 order by pg_relation_size(oid) desc`,
  );
  return rows.map(({ name, size }) => `${name} ${size}`).join(', ');
}
