import pg from 'pg';
import { answerParent } from '../child.js';
import { EDITED_ROWS, type Way } from './tables.js';

/** What the writers are asked to do for a while, each on a connection of its own, a transaction per statement. */
export interface WriteRequest {
  kind: 'insert' | 'update';
  way: Way;
  writers: number;
  /** Not counted: the connections' plans, the relay's waking up. */
  warmUpMs: number;
  forMs: number;
}

const [databaseUrl, most] = process.argv.slice(2);
const clients = await Promise.all(
  Array.from({ length: Number(most) }, async () => {
    const client = new pg.Client({ connectionString: databaseUrl, application_name: 'shop' });
    await client.connect();
    return client;
  }),
);

/** @returns commits per second */
answerParent(async ({ kind, way, writers, warmUpMs, forMs }: WriteRequest): Promise<number> => {
  const from = performance.now() + warmUpMs;
  const until = from + forMs;
  let commits = 0;
  const write = async (client: pg.Client, writer: number): Promise<void> => {
    for (let nth = 0; ; nth++) {
      await client.query(statement(kind, way, writer + nth * writers));
      const now = performance.now();
      if (now >= until) return;
      if (now >= from) commits++;
    }
  };
  await Promise.all(clients.slice(0, writers).map(write));
  return (commits * 1_000) / forMs;
});

/** No two writers update the same row: `number` differs by more than their number, and is theirs alone. */
function statement(kind: WriteRequest['kind'], way: Way, number: number): pg.QueryConfig {
  if (kind === 'insert') {
    return {
      name: `insert-${way}`,
      text: `insert into ${way}_orders (customer_name, total_cents, currency) values ($1, $2, $3)`,
      values: [`Customer ${number}`, (number % 50_000) + 100, 'EUR'],
    };
  }
  return {
    name: `update-${way}`,
    text: `update ${way}_edited set note = $2 where id = $1`,
    values: [(number % EDITED_ROWS) + 1, `looked at, ${number}`],
  };
}
