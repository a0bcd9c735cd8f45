import pg from 'pg';
import { startBelfry, tokenFor } from '../belfry-process.js';
import type { Bench } from '../bench.js';
import { Child } from '../child.js';
import { compare, type Figure } from '../figures.js';
import type { Delays, Measured, ReadersRequest } from './readers.js';

const STREAMS = 200;
const PER_SECOND = 50;

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
 * From the commit to the frame in every one of 200 admins' hands, through Belfry and through the barest pipe that could be
 * written. Writer and readers are one process, so one clock; both servers run all the time, one of them has work.
 */
export const benchLatency: Bench = async ({ server, quick, profileTo, log, atEnd }) => {
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

  const measure = async (table: string, forMs: number): Promise<Measured> => {
    try {
      return await readers.ask({ write: table, perSecond: PER_SECOND, forMs });
    } catch (error) {
      throw new Error(`${(error as Error).message}\nthe database meanwhile: ${await whereItStands(client)}`, { cause: error });
    }
  };
  for (const table of ['belfry_orders', 'bare_orders']) await measure(table, 1_500);
  const rounds: { belfry: Measured; bare: Measured }[] = [];
  for (let nth = 0; nth < (quick ? 3 : 7); nth++) {
    const forMs = quick ? 2_500 : 5_000;
    const round = { bare: await measure('bare_orders', forMs), belfry: await measure('belfry_orders', forMs) };
    rounds.push(round);
    log(`p50 after the commit: bare ${round.bare.afterCommit.p50.toFixed(2)} ms, Belfry ${round.belfry.afterCommit.p50.toFixed(2)} ms`);
  }

  const figure = (name: string, from: keyof Measured, at: keyof Delays): Figure =>
    compare(
      `latency, ${name}, ${at}`,
      'ms',
      rounds.map(({ belfry: { [from]: value }, bare: { [from]: baseline } }) => ({ value: value[at], baseline: baseline[at] })),
      'LISTEN and res.write',
      at === 'p50' ? { of: 'ratio', atMost: 4 } : null,
    );
  return [
    figure('commit to frame', 'afterCommit', 'p50'),
    figure('commit to frame', 'afterCommit', 'p95'),
    figure('commit to frame', 'afterCommit', 'p99'),
    figure('commit included', 'withCommit', 'p50'),
    figure('commit included', 'withCommit', 'p95'),
    figure('commit included', 'withCommit', 'p99'),
  ];
};

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
