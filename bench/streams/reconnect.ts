import pg from 'pg';
import { startBelfry } from '../belfry-process.js';
import type { BenchContext } from '../bench.js';
import { drained } from '../bench-database.js';
import { Child } from '../child.js';
import { cpuMs } from '../cpu.js';
import { type Figure, plain } from '../figures.js';
import type { CrowdRequest, Given } from './crowd.js';
import { RULES } from './rules.js';

/** What each admin misses while they are away. */
const MISSED = 20;

/** All admins lose their streams at once, miss 20 notifications, and come back at once: a switch that was restarted. */
export async function benchReconnect({ quick, log, atEnd }: BenchContext, client: pg.Client, databaseUrl: string, tokens: readonly string[]): Promise<Figure[]> {
  const belfry = await startBelfry({ databaseUrl, rules: RULES });
  atEnd(() => belfry.stop());
  const crowd = new Child<CrowdRequest, number | Given[]>('crowd');
  atEnd(() => crowd.stop());
  const first = (await crowd.ask({ open: belfry.url, tokens })) as number;
  log(`all ready at a process that knew none of them: ${Math.round(first)} ms`);

  const rounds: { readyMs: number; cpuMs: number; queries: number }[] = [];
  for (let nth = 0; nth < (quick ? 1 : 3); nth++) {
    await crowd.ask({ leave: true });
    const { rows } = await client.query<{ last: string }>('select coalesce(max(position), 0) as last from belfry.journal');
    await client.query(`insert into orders (customer_name) select 'Customer ' || n from generate_series(1, ${MISSED}) n`);
    await drained(client);
    const { rows: missed } = await client.query<{ ids: string[] }>(
      'select array_agg(notification::text order by position) as ids from belfry.journal where position > $1',
      [rows[0]?.last],
    );
    const before = { cpu: await cpuMs(belfry.pid), queries: await perInbox(client) };
    const readyMs = (await crowd.ask({ open: belfry.url, tokens })) as number;
    const after = { cpu: await cpuMs(belfry.pid), queries: await perInbox(client) };
    check((await crowd.ask({ given: true })) as Given[], missed[0]?.ids ?? []);
    rounds.push({ readyMs, cpuMs: after.cpu - before.cpu, queries: after.queries - before.queries });
    log(`all ready again after ${Math.round(readyMs)} ms`);
  }
  const figure = (name: string, unit: string, of: keyof (typeof rounds)[number], atMost?: number): Figure =>
    plain(`${tokens.length} reconnect at once, ${name}`, unit, rounds.map((round) => round[of]), atMost === undefined ? null : { of: 'value', atMost });
  await belfry.stop();
  return [
    plain(`${tokens.length} connect at once to a process that knows none of them, until all are ready`, 'ms', [first]),
    figure(`${MISSED} missed each, until all are ready`, 'ms', 'readyMs'),
    figure('CPU time of the server', 'ms', 'cpuMs'),
    figure('reads of inboxes and journal', 'scans', 'queries', tokens.length / 20),
  ];
}

/** @throws unless each was given what it missed, once, in order */
function check(given: readonly Given[], missed: readonly string[]): void {
  for (const { ids } of given) {
    if (ids.join() !== missed.join()) throw new Error(`a reader was given ${ids.join(', ')} and had missed ${missed.join(', ')}`);
  }
}

/** What serving a reader by SQL would have to scan; the tail looks at the journal once a second anyhow. */
async function perInbox(client: pg.ClientBase): Promise<number> {
  // Sessions tell of their scans when they come to rest, at most once a second.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { rows } = await client.query<{ scans: string }>(
    `select sum(coalesce(seq_scan, 0) + coalesce(idx_scan, 0)) as scans
       from pg_stat_user_tables where schemaname = 'belfry' and relname in ('inboxes', 'audience', 'receipts')`,
  );
  return Number(rows[0]?.scans);
}
