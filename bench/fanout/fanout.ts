import pg from 'pg';
import { toNotification } from '../../src/journal/notification.js';
import { toText } from '../../src/stream/frame.js';
import { startBelfry, tokenFor } from '../belfry-process.js';
import type { Bench, BenchContext } from '../bench.js';
import { Child } from '../child.js';
import { cpuMs } from '../cpu.js';
import { compare, type Figure, plain } from '../figures.js';
import { gatheredMs, p99 } from './gathering.js';
import type { ListenersRequest } from './listeners.js';
import { findNginx, Nchan } from './nchan.js';
import { MARK, publish, type PublishRequest } from './source.js';

/** Notifications a second, and how many of them a round has: a naive server needs a minute for 400,000 deliveries. */
const LOADS = [
  { perSecond: 20, times: { 500: 60, 1_000: 50, 2_000: 40 } },
  { perSecond: 200, times: { 500: 400, 1_000: 300, 2_000: 200 } },
] as const;
const STREAMS = [500, 1_000, 2_000] as const;
/** Longest that a notification may have waited for others that leave with it, in milliseconds, 99 of 100 times. */
const GATHERED_MS = 50;

const RULES = `
rules:
  - topic: order.created
    table: public.orders
    on: insert
    audience: [role:bench]
    severity: info
    title: "New order #{{ row.id }}"
    body: "{{ row.customer_name }}, {{ row.total_cents | money: row.currency }}"
    link: "/orders/{{ row.id }}"
`;
const TABLE = `create table orders (id bigint generated always as identity primary key, customer_name text not null,
                                    total_cents bigint not null default 4200, currency text not null default 'EUR')`;

type Way = 'belfry' | 'plain' | 'nest' | 'nchan';

/** A server to measure: its streams' address, its process, and how it is made to speak. */
interface Server {
  url: string;
  pid: number;
  publish: (what: PublishRequest) => Promise<unknown>;
}

/**
 * What it costs a server to give a notification to everybody: CPU time of its process for each delivery. Belfry takes the
 * notifications from a table's rows, relays, counts and resumes; the others are told what to say, and say it.
 */
export const benchFanout: Bench = async (context) => {
  const { server, quick, check, profileTo, log, atEnd } = context;
  const databaseUrl = await server.createDatabase('fanout');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  atEnd(() => client.end());
  await client.query(TABLE);
  const belfry = await startBelfry({ databaseUrl, rules: RULES, profileTo });
  atEnd(() => belfry.stop());
  const insert = async (frame: string): Promise<void> => {
    await client.query({ name: 'order', text: 'insert into orders (customer_name) values ($1)', values: [/Customer ([^,]*),/.exec(frame)?.[1]] });
  };
  const servers = new Map<Way, Server>([
    ['belfry', { url: `${belfry.url}/v1/stream`, pid: belfry.pid, publish: (what) => publish(what, insert) }],
    ['plain', await startChild(context, 'plain-fanout')],
    ['nest', await startChild(context, 'nest-fanout')],
  ]);
  const nginx = findNginx();
  if (nginx === undefined) {
    log('NOT MEASURED: Nchan, which is not on this machine (Debian: libnginx-mod-nchan; elsewhere set NCHAN_MODULE)');
  } else {
    const nchan = await Nchan.start(nginx);
    atEnd(() => nchan.stop());
    servers.set('nchan', { url: nchan.url, pid: nchan.pid, publish: (what) => nchan.publish(what) });
  }
  const listeners = new Child<ListenersRequest, undefined>('listeners');
  atEnd(() => listeners.stop());

  const figures: Figure[] = [];
  for (const streams of check ? [STREAMS[0]] : STREAMS) {
    const tokens = await Promise.all(Array.from({ length: streams }, (_, nth) => tokenFor(`admin-${nth}`)));
    for (const { perSecond, times } of LOADS) {
      const rounds: Map<Way, number>[] = [];
      const waited: number[] = [];
      for (let nth = 0; nth < (quick && !check ? 1 : 3); nth++) {
        const round = new Map<Way, number>();
        const before = await gatheredMs(belfry.url);
        for (const [way, each] of servers) round.set(way, await measure(each, tokens, { times: Math.ceil(times[streams] / (quick ? 4 : 1)), perSecond }));
        rounds.push(round);
        waited.push(p99(await gatheredMs(belfry.url), before));
        log(`${streams} streams, ${perSecond}/s, µs a delivery: ${[...round].map(([way, us]) => `${way} ${us.toFixed(1)}`).join(', ')}`);
      }
      figures.push(...figuresOf(`${streams} streams, ${perSecond}/s`, perSecond, rounds));
      figures.push(plain(`fan-out, ${streams} streams, ${perSecond}/s, added by gathering, p99 below`, 'ms', waited, { of: 'value', atMost: GATHERED_MS }));
    }
  }
  return figures;

  async function measure({ url, pid, publish: say }: Server, tokens: readonly string[], load: Pick<PublishRequest, 'times' | 'perSecond'>): Promise<number> {
    await listeners.ask({ open: url, tokens });
    // What a connect leaves behind, and the JIT, are no delivery's.
    await delivered({ times: 10, perSecond: 20 });
    const before = await cpuMs(pid);
    await delivered(load);
    const took = (await cpuMs(pid)) - before;
    await listeners.ask({ leave: true });
    return (took * 1_000) / (load.times * tokens.length);

    async function delivered(what: Pick<PublishRequest, 'times' | 'perSecond'>): Promise<void> {
      const mark = `last-${Math.random().toString(36).slice(2)}`;
      await Promise.all([listeners.ask({ until: mark }), say({ ...what, frame: FRAME, mark })]);
    }
  }
};

/** What Belfry would send, byte for byte but for numbers and times. */
const FRAME = toText({
  type: 'notifications',
  id: 'abcdef012345-1000000',
  data: JSON.stringify([
    toNotification({
      id: '1000000', position: '1000000', topic: 'order.created', severity: 'info', title: 'New order #1000000', body: `Customer ${MARK}, €42.00`,
      link: '/orders/1000000', source_table: 'public.orders', source_key: '1000000', actor: null, occurrences: 1, created_at: new Date(), updated_at: new Date(),
      resolved_at: null, resolved_by: null, claimed_by: null, claimed_at: null, escalated_at: null, expires_at: null, changed: null, mentions: [],
    }),
  ]),
});

async function startChild({ atEnd }: BenchContext, script: string): Promise<Server> {
  const child = new Child<PublishRequest | { address: true }, string>(script);
  atEnd(() => child.stop());
  return { url: await child.ask({ address: true }), pid: child.pid, publish: (what) => child.ask(what) };
}

function figuresOf(name: string, perSecond: number, rounds: readonly Map<Way, number>[]): Figure[] {
  const against = (way: Way, what: string, atMost?: number): Figure[] =>
    rounds.every((round) => round.has(way))
      ? [
          compare(
            `fan-out, ${name}, CPU a delivery, to ${what}`,
            'µs',
            rounds.map((round) => ({ value: round.get('belfry') ?? NaN, baseline: round.get(way) ?? NaN })),
            what,
            atMost === undefined ? null : { of: 'ratio', atMost },
          ),
        ]
      : [];
  return [
    ...against('plain', 'res.write of the same bytes'),
    ...against('nest', "a naive Nest @Sse", perSecond === 20 ? 1.5 : undefined),
    ...against('nchan', 'Nchan', perSecond === 200 ? 1 : undefined),
  ];
}
