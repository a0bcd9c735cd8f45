import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startBelfry } from '../belfry-process.js';
import type { BenchContext } from '../bench.js';
import { useBaselines } from './baselines.js';

/** Business rows in one transaction of the backlog. */
const PER_TRANSACTION = 100;

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

/** What draining a backlog took. */
export interface Drained {
  /** Changes a second, by the database's clock. */
  perSecond: number;
  /** Rows that the relay inserted for each change. */
  rows: number;
  /** Bytes of the write-ahead log for each change. */
  walBytes: number;
}

/** A database whose changes pile up while no server runs, and are drained by one that is started then. */
export class Backlog {
  private constructor(
    private readonly context: BenchContext,
    private readonly databaseUrl: string,
    readonly client: pg.Client,
    private readonly changes: number,
  ) {}

  /** With so many inboxes begun, all of which see every notification. */
  static async create(context: BenchContext, admins: number, changes: number): Promise<Backlog> {
    const databaseUrl = await context.server.createDatabase(`backlog_${admins}_${changes}`);
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    context.atEnd(() => client.end());
    await client.query(`
      create table orders (id bigint generated always as identity primary key, customer_name text not null,
                           total_cents bigint not null, currency text not null default 'EUR')`);
    const belfry = await startBelfry({ databaseUrl, rules: RULES });
    await belfry.stop();
    await client.query(`insert into belfry.inboxes (user_id) select 'admin-' || n from generate_series(1, $1::int) as n`, [admins]);
    await useBaselines(client);
    return new Backlog(context, databaseUrl, client, changes);
  }

  async drain(): Promise<Drained> {
    await this.pileUp();
    const written = await this.written();
    const { rows } = await this.client.query<{ position: string }>('select position from belfry.relay_state');
    const before = Number(rows[0]?.position);
    const belfry = await startBelfry({ databaseUrl: this.databaseUrl, rules: RULES, profileTo: this.context.profileTo });
    try {
      const deadline = Date.now() + 120_000;
      while ((await this.position()) < before + this.changes) {
        if (Date.now() > deadline) throw new Error(`the backlog of ${this.changes} was not drained within two minutes`);
        await sleep(100);
      }
    } finally {
      await belfry.stop();
    }
    const after = await this.written();
    const each = (of: 'rows' | 'bytes'): number => (after[of] - written[of]) / this.changes;
    return { perSecond: await this.rate(before), rows: each('rows'), walBytes: each('bytes') };
  }

  private async written(): Promise<{ rows: number; bytes: number }> {
    // A session tells of what it did when it is over, or once it has been at rest for a while: this one at once.
    await this.client.query('select pg_stat_force_next_flush()');
    await sleep(500);
    const { rows } = await this.client.query<{ rows: string; bytes: string }>(
      `select sum(n_tup_ins) as rows, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as bytes from pg_stat_user_tables where schemaname = 'belfry'`,
    );
    return { rows: Number(rows[0]?.rows), bytes: Number(rows[0]?.bytes) };
  }

  private async pileUp(): Promise<void> {
    await this.client.query('truncate orders, belfry.notifications, belfry.audience, belfry.journal');
    for (let nth = 0; nth < this.changes / PER_TRANSACTION; nth++) {
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
    if (entries !== this.changes) throw new Error(`the journal has ${entries} entries, expected ${this.changes}`);
    return (entries - lastBatch) / seconds;
  }
}
