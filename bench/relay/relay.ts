import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startBelfry, tokenFor } from '../belfry-process.js';
import type { Bench, BenchContext } from '../bench.js';
import { compare, type Figure } from '../figures.js';
import { copyInSql, rowPerRecipient, useBaselines } from './baselines.js';

const BACKLOG = 50_000;
/** Business rows in one transaction of the backlog. */
const PER_TRANSACTION = 100;
const MANY_ADMINS = 500;
/** Changes that the row-per-recipient baseline writes: with 500 recipients the whole backlog would be 25 million rows. */
const PER_RECIPIENT_CHANGES = 1_000;

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

/** How fast the relay empties a backlog, and that the number of admins who see each notification does not matter. */
export const benchRelay: Bench = async (context) => {
  const one = await Backlog.create(context, 1);
  const many = await Backlog.create(context, MANY_ADMINS);
  const rounds: { one: number; many: number; sql: number; perRecipient: number }[] = [];
  for (let nth = 0; nth < (context.quick ? 2 : 5); nth++) {
    const first = nth % 2 === 0 ? one : many;
    const drains = new Map<Backlog, number>();
    for (const backlog of [first, first === one ? many : one]) drains.set(backlog, await backlog.drain());
    const round = {
      one: drains.get(one) ?? NaN,
      many: drains.get(many) ?? NaN,
      sql: await copyInSql(one.client, BACKLOG),
      perRecipient: await rowPerRecipient(many.client, PER_RECIPIENT_CHANGES, MANY_ADMINS),
    };
    rounds.push(round);
    const { one: o, many: m, sql, perRecipient } = round;
    context.log(
      `1 admin ${Math.round(o)}, ${MANY_ADMINS} admins ${Math.round(m)}, copied in SQL ${Math.round(sql)}, ` +
        `row per recipient ${Math.round(perRecipient)} changes/s`,
    );
  }
  const need = { of: 'value', atLeast: 10_000 } as const;
  const figures: Figure[] = [
    compare('relay, 1 admin', '/s', rounds.map((r) => ({ value: r.one, baseline: r.sql })), 'the same rows copied by SQL alone', need),
    compare(
      `relay, ${MANY_ADMINS} admins`,
      '/s',
      rounds.map((r) => ({ value: r.many, baseline: r.perRecipient })),
      'a row per recipient',
      need,
    ),
    compare(`relay, ${MANY_ADMINS} admins to 1`, '/s', rounds.map((r) => ({ value: r.many, baseline: r.one })), 'relay, 1 admin', {
      of: 'ratio',
      atLeast: 0.8,
    }),
  ];
  return figures;
};

/** A database whose changes pile up while no server runs, and are drained by one that is started then. */
class Backlog {
  private constructor(
    private readonly context: BenchContext,
    private readonly databaseUrl: string,
    readonly client: pg.Client,
  ) {}

  /** With so many inboxes begun, all of which see every notification. */
  static async create(context: BenchContext, admins: number): Promise<Backlog> {
    const databaseUrl = await context.server.createDatabase(`relay_${admins}`);
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    context.atEnd(() => client.end());
    await client.query(`
      create table orders (id bigint generated always as identity primary key, customer_name text not null,
                           total_cents bigint not null, currency text not null default 'EUR')`);
    const belfry = await startBelfry({ databaseUrl, rules: RULES });
    try {
      for (let nth = 0; nth < admins; nth++) {
        const headers = { authorization: `Bearer ${await tokenFor(`admin-${nth}`)}` };
        const response = await fetch(`${belfry.url}/v1/notifications/counts`, { headers });
        if (response.status !== 200) throw new Error(`counts were answered with ${response.status}: ${await response.text()}`);
      }
    } finally {
      await belfry.stop();
    }
    await useBaselines(client);
    return new Backlog(context, databaseUrl, client);
  }

  /** @returns changes per second */
  async drain(): Promise<number> {
    await this.pileUp();
    const { rows } = await this.client.query<{ position: string }>('select position from belfry.relay_state');
    const before = Number(rows[0]?.position);
    const belfry = await startBelfry({ databaseUrl: this.databaseUrl, rules: RULES, profileTo: this.context.profileTo });
    try {
      const deadline = Date.now() + 120_000;
      while ((await this.position()) < before + BACKLOG) {
        if (Date.now() > deadline) throw new Error(`the backlog of ${BACKLOG} was not drained within two minutes`);
        await sleep(100);
      }
    } finally {
      await belfry.stop();
    }
    return this.rate(before);
  }

  private async pileUp(): Promise<void> {
    await this.client.query('truncate orders, belfry.notifications, belfry.audience, belfry.journal');
    for (let nth = 0; nth < BACKLOG / PER_TRANSACTION; nth++) {
      await this.client.query({
        name: 'pile-up',
        text: `insert into orders (customer_name, total_cents)
               select 'Customer ' || i, 100 + i % 50000 from generate_series($1::int, $2::int) as i`,
        values: [nth * PER_TRANSACTION, (nth + 1) * PER_TRANSACTION - 1],
      });
    }
    await this.client.query('checkpoint');
  }

  private async position(): Promise<number> {
    const { rows } = await this.client.query<{ position: string }>('select position from belfry.relay_state');
    return Number(rows[0]?.position);
  }

  /** By the server's clock, from the first transaction of the relay's to its last; the last one's own work is not counted. */
  private async rate(before: number): Promise<number> {
    const { rows } = await this.client.query<{ entries: number; last_batch: number; seconds: number }>(
      `select count(*)::int as entries,
              (count(*) filter (where written_at = (select max(written_at) from belfry.journal)))::int as last_batch,
              extract(epoch from max(written_at) - min(written_at))::float8 as seconds
         from belfry.journal where position > $1`,
      [before],
    );
    const { entries, last_batch: lastBatch, seconds } = rows[0] ?? { entries: 0, last_batch: 0, seconds: NaN };
    if (entries !== BACKLOG) throw new Error(`the journal has ${entries} entries, expected ${BACKLOG}`);
    return (entries - lastBatch) / seconds;
  }
}
