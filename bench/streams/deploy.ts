import pg from 'pg';
import { startBelfry } from '../belfry-process.js';
import type { BenchContext } from '../bench.js';
import { drained } from '../bench-database.js';
import { Child } from '../child.js';
import { type Figure, plain } from '../figures.js';
import type { CrowdRequest, Given } from './crowd.js';
import { RULES } from './rules.js';

/** Written while one of the two goes. */
const WRITTEN = 50;

/**
 * A deploy replaces one of two processes, each with half of the streams. The readers of the one that stays are to see nothing of it but
 * what happens; those of the other come back once, where they are sent on to the one that stays, and miss nothing.
 */
export async function benchDeploy({ quick, log, atEnd }: BenchContext, client: pg.Client, databaseUrl: string, tokens: readonly string[]): Promise<Figure[]> {
  const rounds: { readyMs: number; disturbed: number; waitedMs: number }[] = [];
  const half = tokens.length / 2;
  for (let nth = 0; nth < (quick || tokens.length < 2_000 ? 1 : 3); nth++) {
    const [stays, goes] = [await startBelfry({ databaseUrl, rules: RULES }), await startBelfry({ databaseUrl, rules: RULES })];
    const [staying, going] = [new Child<CrowdRequest, number | Given[]>('crowd'), new Child<CrowdRequest, number | Given[]>('crowd')];
    for (const one of [stays, goes, staying, going]) atEnd(() => one.stop());
    await staying.ask({ open: stays.url, tokens: tokens.slice(0, half) });
    await going.ask({ open: goes.url, tokens: tokens.slice(half) });
    const { rows } = await client.query<{ last: string }>('select coalesce(max(position), 0) as last from belfry.journal');
    const start = performance.now();
    const gone = goes.stop();
    for (let n = 0; n < WRITTEN; n++) await client.query(`insert into orders (customer_name) values ('Customer')`);
    await gone;
    const waitedMs = performance.now() - start;
    const readyMs = (await going.ask({ open: stays.url, tokens: tokens.slice(half) })) as number;
    await drained(client);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { rows: written } = await client.query<{ ids: string[] }>(
      'select array_agg(notification::text order by position) as ids from belfry.journal where position > $1',
      [rows[0]?.last],
    );
    const given = (await staying.ask({ given: true })) as Given[];
    check(given, written[0]?.ids ?? []);
    rounds.push({ readyMs, waitedMs, disturbed: given.filter(({ isOver }) => isOver).length });
    log(`gone after ${Math.round(waitedMs)} ms, its ${half} readers ready elsewhere ${Math.round(readyMs)} ms later`);
    for (const one of [staying, going, stays]) await one.stop();
  }
  const figure = (name: string, unit: string, of: keyof (typeof rounds)[number], atMost?: number): Figure =>
    plain(`deploy of one of two, ${tokens.length} streams, ${name}`, unit, rounds.map((round) => round[of]), atMost === undefined ? null : { of: 'value', atMost });
  return [
    figure('readers of the other that noticed', 'readers', 'disturbed', 0),
    figure('until it was gone', 'ms', 'waitedMs', 5_000),
    figure('its readers ready at the other, all at once', 'ms', 'readyMs'),
  ];
}

/** @throws unless each was given what was written, once, in order */
function check(given: readonly Given[], written: readonly string[]): void {
  for (const { ids } of given) {
    if (ids.join() !== written.join()) throw new Error(`a reader of the process that stayed was given ${ids.length} notifications, and ${written.length} were written`);
  }
}
