import pg from 'pg';
import { startBelfry } from '../belfry-process.js';
import type { Bench } from '../bench.js';
import { compare, type Figure } from '../figures.js';

/** Rows of the one statement. */
const ROWS = 50_000;

/** The business's table, once for each way to be watched: not at all, by a rule with `bulk`, and by the same rule without. */
const WAYS = ['bare', 'bulk', 'each'] as const;
type Way = (typeof WAYS)[number];

const rule = (way: Way, more = ''): string => `
  - topic: order.cancelled_${way}
    table: public.${way}_orders
    on: update
    columns: [status]
    when: "new.status in ('cancelled', 'open')"
    audience: [role:sales]
    title: "Order #{{ row.id }} was cancelled"
    body: "{{ row.customer_name }}: {{ old.status }} → {{ row.status }}"${more}`;
const RULES = `rules:${rule('bulk', '\n    bulk: 20')}${rule('each')}\n`;

/**
 * What a rule costs a statement that changes 50,000 rows it watches, commit included. The trigger alone: nothing is relayed
 * meanwhile, as with a bulk there is one row to relay.
 */
export const benchBulk: Bench = async ({ server, quick, profileTo, log, atEnd }) => {
  const databaseUrl = await server.createDatabase('bulk');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  atEnd(() => client.end());
  for (const way of WAYS) {
    await client.query(`
      create table ${way}_orders (id bigint generated always as identity primary key, customer_name text not null, total_cents bigint not null,
                                  status text not null default 'open', created_at timestamptz not null default now());
      insert into ${way}_orders (customer_name, total_cents) select 'Customer ' || i, i from generate_series(1, ${ROWS}) i`);
  }
  const belfry = await startBelfry({ databaseUrl, rules: RULES, profileTo });
  await belfry.stop();

  const statement = async (way: Way, nth: number): Promise<number> => {
    // Gives each the same table and the same distance to the next checkpoint.
    await client.query(`vacuum ${way}_orders`);
    await client.query('truncate belfry.captured_rows, belfry.other_changes');
    await client.query('checkpoint');
    const from = performance.now();
    await client.query(`update ${way}_orders set status = '${nth % 2 === 0 ? 'cancelled' : 'open'}'`);
    return performance.now() - from;
  };
  const rounds: Record<Way, number>[] = [];
  // The first grows the tables, and is not counted.
  for (let nth = 0; nth <= (quick ? 3 : 9); nth++) {
    const round = { bare: 0, bulk: 0, each: 0 };
    // Each way goes first in turn.
    for (let i = 0; i < WAYS.length; i++) {
      const way = WAYS[(i + nth) % WAYS.length] ?? 'bare';
      round[way] = await statement(way, nth);
    }
    log(WAYS.map((way) => `${way} ${Math.round(round[way])} ms`).join(', '));
    if (nth > 0) rounds.push(round);
  }
  const figure = (way: Way, against: Way, name: string, baseline: string, atMost?: number): Figure =>
    compare(
      `bulk, update of ${ROWS.toLocaleString('en')} rows, ${name}`, 'ms',
      rounds.map((round) => ({ value: round[way], baseline: round[against] })), baseline,
      atMost === undefined ? null : { of: 'ratio', atMost },
    );
  return [
    figure('bulk', 'bare', 'with bulk', 'no trigger', 4),
    figure('each', 'bare', 'without bulk', 'no trigger'),
    figure('bulk', 'each', 'with bulk', 'without bulk', 0.5),
  ];
};
