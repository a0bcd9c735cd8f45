import pg from 'pg';
import { type NotificationRow, toNotification } from '../../src/journal/notification.js';
import { startBelfry } from '../belfry-process.js';
import type { BenchContext } from '../bench.js';
import { drained } from '../bench-database.js';
import { compare, type Figure, plain } from '../figures.js';
import { COLLECTS, residentKbInUse } from '../resident.js';
import { RULES, TABLES } from '../streams/rules.js';

/** Entries that the end of the journal in memory holds at the most, a half and a quarter of them. */
const HELD = [2_500, 5_000, 10_000] as const;
/** Held before anything is measured: what the first entries bring into memory for good is no entry's. */
const FIRST = 200;

/** What a thousand journal entries in memory take, held against the bytes that a stream says of them. */
export async function benchHeld({ server, quick, log, atEnd }: BenchContext): Promise<Figure[]> {
  const rounds = new Map<number, { value: number; baseline: number }[]>(HELD.map((held) => [held, []]));
  for (let nth = 0; nth < (quick ? 1 : 3); nth++) {
    const databaseUrl = await server.createDatabase('held');
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    atEnd(() => client.end());
    await client.query(TABLES);
    const belfry = await startBelfry({ databaseUrl, rules: RULES, nodeFlags: COLLECTS });
    atEnd(() => belfry.stop());
    const write = async (rows: number): Promise<void> => {
      await client.query(`insert into orders (customer_name) select 'Customer ' || n from generate_series(1, $1::int) n`, [rows]);
      await drained(client);
    };
    await write(FIRST);
    const before = await residentKbInUse(belfry.pid);
    let written = 0;
    for (const held of HELD) {
      await write(held - written);
      written = held;
      const value = ((await residentKbInUse(belfry.pid)) - before) / (held / 1_000);
      rounds.get(held)?.push({ value, baseline: await saidKb(client) });
      log(`${held} entries held: ${Math.round(value)} KB for 1,000`);
    }
    await belfry.stop();
  }
  const most = rounds.get(HELD[2]) ?? [];
  return [
    ...[...rounds].map(([held, values]) => compare(`${held} journal entries held, for 1,000 of them`, 'KB', values, 'what they are on a stream')),
    plain('1,000 journal entries held, among 10,000 to among 2,500', 'times', most.map(({ value }, nth) => value / (rounds.get(HELD[0])?.[nth]?.value ?? NaN)), {
      of: 'value',
      atMost: 1.25,
    }),
  ];
}

/** Kilobytes that 1,000 of these notifications are on a stream. */
async function saidKb(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<NotificationRow>('select n.*, null as changed from belfry.notifications n order by position desc limit 1000');
  return Buffer.byteLength(JSON.stringify(rows.map((row) => toNotification(row)))) / 1_024;
}
