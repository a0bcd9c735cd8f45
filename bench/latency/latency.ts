import pg from 'pg';
import { startBelfry, tokenFor } from '../belfry-process.js';
import type { Bench } from '../bench.js';
import { Child } from '../child.js';
import { compare, type Figure } from '../figures.js';
import type { Delays, Measured, ReadersRequest } from './readers.js';

const STREAMS = 1_000;
/** Changes a second, each with how long it is written at that rate: a thousand deliveries come of each change. */
const RATES = [
  { perSecond: 1, forMs: 10_000, rounds: 5 },
  { perSecond: 50, forMs: 5_000, rounds: 7 },
  { perSecond: 500, forMs: 2_000, rounds: 5 },
] as const;
/** Within these times of the bare pipe. Where that can't keep up itself nothing is to be held against it. */
const NEEDS = { p50: 2.5, p99: 4 } as const;

const RULES = `
rules:
  - topic: order.created
    table: public.belfry_orders
    on: insert
    audience: [role:bench]
    severity: info
    title: "New order #{{ row.id }}"
    body: "{{ row.customer_name }}, {{ row.total_cents | money: row.currency }}"
    link: "/orders/{{ row.id }}"
`;

const TABLES = `
  create table belfry_orders (id bigint generated always as identity primary key, customer_name text not null,
                              total_cents bigint not null, currency text not null default 'EUR');
  create table bare_orders (like belfry_orders including all);
  create function bare_pipe() returns trigger language plpgsql as $$
  begin
    perform pg_notify('bare_pipe', to_jsonb(new)::text);
    return null;
  end
  $$;
  create trigger bare_pipe after insert on bare_orders for each row execute function bare_pipe();`;

/**
 * From the commit to the frame in every one of 1,000 admins' hands, through Belfry and through the barest pipe that could be
 * written. Writer and readers are one process, so one clock; both servers run all the time, one of them has work.
 */
export const benchLatency: Bench = async ({ server, quick, check, profileTo, log, atEnd }) => {
  const databaseUrl = await server.createDatabase('latency');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  atEnd(() => client.end());
  await client.query(TABLES);
  const belfry = await startBelfry({ databaseUrl, rules: RULES, profileTo });
  atEnd(() => belfry.stop());
  const pipe = new Child<object, string>('bare-pipe', [databaseUrl]);
  atEnd(() => pipe.stop());
  const readers = new Child<ReadersRequest, Measured>('readers', [databaseUrl]);
  atEnd(() => readers.stop());

  const tokens = await Promise.all(Array.from({ length: STREAMS }, (_, nth) => tokenFor(`admin-${nth}`)));
  await readers.ask({ open: { url: `${belfry.url}/v1/stream`, tokens }, as: 'belfry_orders' });
  await readers.ask({ open: { url: await pipe.ask({}), tokens }, as: 'bare_orders' });

  const measure = async (table: string, perSecond: number, forMs: number): Promise<Measured> => {
    try {
      return await readers.ask({ write: table, perSecond, forMs });
    } catch (error) {
      throw new Error(`${(error as Error).message}\nthe database meanwhile: ${await whereItStands(client)}`, { cause: error });
    }
  };
  for (const table of ['belfry_orders', 'bare_orders']) await measure(table, 50, 1_500);
  const figures: Figure[] = [];
  for (const { perSecond, ...full } of check ? [RATES[1]] : RATES) {
    const rounds: Round[] = [];
    const forMs = quick ? Math.max(2_000, full.forMs / 4) : full.forMs;
    for (let nth = 0; nth < (quick ? 2 : full.rounds); nth++) {
      const round = { bare: await measure('bare_orders', perSecond, forMs), belfry: await measure('belfry_orders', perSecond, forMs) };
      rounds.push(round);
      const shown = ({ afterCommit: { p50, p99 } }: Measured): string => `${p50.toFixed(2)}, ${p99.toFixed(2)}`;
      log(`${perSecond}/s, ms after the commit, p50 and p99: bare ${shown(round.bare)}, Belfry ${shown(round.belfry)}`);
    }
    figures.push(...figuresOf(perSecond, rounds));
  }
  return figures;
};

interface Round {
  belfry: Measured;
  bare: Measured;
}

function figuresOf(perSecond: number, rounds: readonly Round[]): Figure[] {
  const figure = (name: string, from: keyof Measured, at: keyof Delays, atMost?: number): Figure =>
    compare(
      `latency, ${perSecond}/s on ${STREAMS} streams, ${name}, ${at}`,
      'ms',
      rounds.map(({ belfry: { [from]: value }, bare: { [from]: baseline } }) => ({ value: value[at], baseline: baseline[at] })),
      'LISTEN and res.write',
      atMost === undefined ? null : { of: 'ratio', atMost },
    );
  return [
    figure('commit to frame', 'afterCommit', 'p50', NEEDS.p50),
    figure('commit to frame', 'afterCommit', 'p95'),
    figure('commit to frame', 'afterCommit', 'p99', NEEDS.p99),
    figure('commit included', 'withCommit', 'p50'),
    figure('commit included', 'withCommit', 'p99'),
  ];
}

/** Tells a relay that does not take from a stream that does not tell. */
async function whereItStands(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ stands: object }>(`
    select jsonb_build_object(
             'waiting', (select count(*) from belfry.changes),
             'position', (select position from belfry.relay_state),
             'lastWritten', (select max(written_at) from belfry.journal),
             'now', clock_timestamp(),
             'sessions', (select jsonb_agg(jsonb_build_object('name', application_name, 'state', state, 'since', state_change,
                                                              'waitsFor', wait_event, 'query', left(query, 80)))
                            from pg_stat_activity where datname = current_database())) as stands`);
  return JSON.stringify(rows[0]?.stands, null, 2);
}
