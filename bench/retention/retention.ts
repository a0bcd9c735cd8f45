import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startBelfry } from '../belfry-process.js';
import { drained } from '../bench-database.js';
import type { Bench } from '../bench.js';
import { compare, type Figure, type Need, percentile, plain } from '../figures.js';

const OLD = 1_000_000;
const BACKLOG = 20_000;
/** Single rows for the latency, and the milliseconds between two. */
const SINGLES = 200;
const APART_MS = 10;
const RULES = `
rules:
  - topic: order.created
    table: public.orders
    on: insert
    audience: [role:bench]
    title: "New order #{{ row.id }}"
    body: "{{ row.customer_name }}"
`;
/** Old enough to be purged at once; what the bench itself writes is not. Looked for once a second. */
const KEEP = { BELFRY_KEEP_JOURNAL: '1d', BELFRY_KEEP_NOTIFICATIONS: '2d', BELFRY_KEEP_FAILED: '10s' };

interface Work {
  perSecond: number;
  p50: number;
  p99: number;
}

/** What a purge of a million notifications costs the relay: with it and without it, in turns. */
export const benchRetention: Bench = async ({ server, quick, log, atEnd }) => {
  const old = quick ? OLD / 4 : OLD;
  const databaseUrl = await server.createDatabase('retention');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  atEnd(() => client.end());
  await client.query('create table orders (id bigint generated always as identity primary key, customer_name text not null)');
  const rounds: { alone: Work; purging: Work; purged: number }[] = [];
  const withServer = async <T>(work: () => Promise<T>): Promise<T> => {
    const belfry = await startBelfry({ databaseUrl, rules: RULES, env: KEEP });
    atEnd(() => belfry.stop());
    return work().finally(() => belfry.stop());
  };
  await withServer(() => Promise.resolve());
  for (let nth = 0; nth < (quick ? 1 : 3); nth++) {
    const alone = await fill(client, 0).then(() => withServer(() => relay(client).then(() => relay(client))));
    const { first, last } = await fill(client, old);
    const began = performance.now();
    const purging = await withServer(async () => {
      await until(() => isGone(client, 'journal', first));
      // The first time warms up, as it does without a purge.
      const work = await relay(client).then(() => relay(client));
      if (await isGone(client, 'notifications', last)) throw new Error('the purge was over before the relay was: fill in more');
      await until(() => isGone(client, 'notifications', last));
      return work;
    });
    const purged = old / ((performance.now() - began) / 1_000);
    rounds.push({ alone, purging, purged });
    log(`alone ${say(alone)}; purging ${say(purging)}; purged ${Math.round(purged)} notifications/s`);
  }
  const figure = (name: string, unit: string, of: keyof Work, need: Need | null): Figure =>
    compare(name, unit, rounds.map((r) => ({ value: r.purging[of], baseline: r.alone[of] })), 'without a purge', need);
  return [
    figure('relay during a purge', '/s', 'perSecond', { of: 'ratio', atLeast: 0.6 }),
    figure('commit to journal during a purge, p50', 'ms', 'p50', { of: 'ratio', atMost: 2 }),
    figure('commit to journal during a purge, p99', 'ms', 'p99', null),
    plain('purged', '/s', rounds.map((r) => r.purged)),
  ];
};

const say = ({ perSecond, p50, p99 }: Work): string => `${Math.round(perSecond)} changes/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;

/** A backlog at one time, then single rows; both by the database's clock. */
async function relay(client: pg.Client): Promise<Work> {
  const position = async (): Promise<string> => (await client.query<{ position: string }>('select position from belfry.relay_state')).rows[0]?.position ?? '0';
  const before = await position();
  await client.query(`insert into orders (customer_name) select 'Customer ' || i from generate_series(1, $1::int) as i`, [BACKLOG]);
  await drained(client);
  const { rows } = await client.query<{ rate: number }>(
    'select count(*) / extract(epoch from max(written_at) - min(written_at))::float8 as rate from belfry.journal where position > $1',
    [before],
  );
  const middle = await position();
  for (let nth = 0; nth < SINGLES; nth++) {
    await client.query(`insert into orders (customer_name) values ('one')`);
    await sleep(APART_MS);
  }
  await drained(client);
  const waits = await client.query<{ ms: number }>(
    `select greatest(0, extract(epoch from written_at - occurred_at) * 1000)::float8 as ms
       from belfry.journal where position > $1 and notification is not null order by 1`,
    [middle],
  );
  const sorted = waits.rows.map(({ ms }) => ms);
  return { perSecond: rows[0]?.rate ?? NaN, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}

/** Notifications of three days ago, each with an entry, an audience and a receipt, and nothing else. @returns their positions */
async function fill(client: pg.Client, count: number): Promise<{ first: string; last: string }> {
  const made = `from belfry.relay_state s, generate_series(s.position + 1, s.position + ${count}) as p (position)`;
  const then = `now() - interval '3 days'`;
  await client.query(`
    begin;
    truncate belfry.journal, belfry.notifications, belfry.audience, belfry.receipts;
    update belfry.retention r set journal_purged_up_to = s.position, notifications_purged_up_to = s.position, counted_up_to = s.position,
                                  notifications_kept = 0 from belfry.relay_state s;
    insert into belfry.notifications (id, position, topic, severity, title, body, created_at, updated_at, delivered_at)
      select p.position, p.position, 'order.created', 'info', 'New order #' || p.position, 'Customer', ${then}, ${then}, ${then} ${made};
    insert into belfry.audience (channel, position) select 'role:bench', p.position ${made};
    insert into belfry.receipts (user_id, position, read) select 'admin-' || p.position % 100, p.position, true ${made};
    insert into belfry.journal (position, channels, notification, occurred_at, written_at)
      select p.position, '{role:bench}', p.position, ${then}, ${then} ${made};
    update belfry.relay_state set position = position + ${count};
    commit`);
  await client.query('vacuum analyze');
  await client.query('checkpoint');
  const { rows } = await client.query<{ first: string; last: string }>(
    `select position - $1::bigint + 1 as first, position as last from belfry.relay_state`,
    [count],
  );
  const [range] = rows;
  if (!range) throw new Error('belfry.relay_state is empty');
  return range;
}

async function isGone(client: pg.Client, table: 'journal' | 'notifications', position: string): Promise<boolean> {
  const { rows } = await client.query(`select from belfry.${table} where position = $1`, [position]);
  return rows.length === 0;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 600_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited ten minutes in vain for the purge');
    await sleep(200);
  }
}
