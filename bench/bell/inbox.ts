import pg from 'pg';
import { startBelfry, tokenFor } from '../belfry-process.js';
import type { BenchContext } from '../bench.js';
import { drained } from '../bench-database.js';
import { RULES, TABLES } from '../streams/rules.js';

/** A server whose admin has so many notifications, of the last days and all read. */
export interface FullInbox {
  url: string;
  token: string;
  /** One more. */
  ring: () => Promise<unknown>;
}

export async function fillInbox({ server, profileTo, atEnd }: BenchContext, count: number): Promise<FullInbox> {
  const databaseUrl = await server.createDatabase('bell');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  atEnd(() => client.end());
  await client.query(TABLES);
  const belfry = await startBelfry({ databaseUrl, rules: RULES, profileTo });
  atEnd(() => belfry.stop());
  // Texts of one line to several.
  await client.query(`insert into orders (customer_name) select repeat('Customer ' || n || ' ', 1 + n % 12) from generate_series(1, $1::int) n`, [count]);
  await drained(client);
  // A minute apart: the list stands under several days.
  await client.query(`update belfry.notifications set (created_at, updated_at) = (select t, t from (select now() - ($1 - id) * interval '1 minute') as at (t))`, [count]);
  const token = await tokenFor('admin');
  const { rows } = await client.query<{ newest: string }>('select max(position)::text as newest from belfry.notifications');
  const answer = await fetch(`${belfry.url}/v1/notifications/read`, {
    method: 'POST', body: JSON.stringify({ upTo: rows[0]?.newest }), headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`marking all read was answered with ${answer.status}, expected a success: ${await answer.text()}`);
  return { url: belfry.url, token, ring: () => client.query(`insert into orders (customer_name) values ('Somebody')`) };
}
