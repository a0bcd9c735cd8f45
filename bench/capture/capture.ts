import pg from 'pg';
import { type BelfryProcess, startBelfry } from '../belfry-process.js';
import type { Bench } from '../bench.js';
import { drained } from '../bench-database.js';
import { Child } from '../child.js';
import { compare, type Figure } from '../figures.js';
import { createTables, emptyTables, RULES, type Way } from './tables.js';
import type { WriteRequest } from './writers.js';

const WRITERS = [1, 8, 32, 64];
/** Writers of which the check asks. */
const CHECKED = [32];
/** Writers of the updates. */
const EDITORS = 8;

interface Rounds {
  count: number;
  warmUpMs: number;
  forMs: number;
}

/**
 * What Belfry costs the business: commits per second into a table that it watches, against the same table without a trigger,
 * and beside it a trigger that notifies at each commit. First with the server relaying on the same cores, then the trigger
 * alone, as the one that notifies is.
 */
export const benchCapture: Bench = async ({ server, quick, check, profileTo, log, atEnd }) => {
  const databaseUrl = await server.createDatabase('capture');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  atEnd(() => client.end());
  await createTables(client);
  const belfry: BelfryProcess = await startBelfry({ databaseUrl, rules: RULES, profileTo });
  atEnd(() => belfry.stop());
  const writers = new Child<WriteRequest, number>('writers', [databaseUrl, String(Math.max(...WRITERS))]);
  atEnd(() => writers.stop());
  // A plain NOTIFY is for somebody: one session listens, as it would.
  await client.query('listen notify_outbox');

  const long: Rounds = quick ? { count: 3, warmUpMs: 200, forMs: 600 } : { count: 7, warmUpMs: 300, forMs: 1_200 };
  // What disturbs the machine for a second disturbs both halves of a short round, or two rounds of many.
  const short: Rounds = quick ? { count: 5, warmUpMs: 100, forMs: 300 } : { count: 25, warmUpMs: 150, forMs: 400 };
  let isRelaying = true;
  const measure = async (kind: WriteRequest['kind'], way: Way, count: number, { warmUpMs, forMs }: Rounds): Promise<number> => {
    if (isRelaying) await drained(client);
    else await client.query('truncate belfry.captured_rows, belfry.other_changes');
    // Not before updates: each page would be logged whole the first time, all through the window.
    if (kind === 'insert') await emptyTables(client);
    return writers.ask({ kind, way, writers: count, warmUpMs, forMs });
  };
  const round = async (kind: WriteRequest['kind'], ways: readonly Way[], count: number, nth: number, window: Rounds): Promise<Map<Way, number>> => {
    const measured = new Map<Way, number>();
    // Each way goes first in turn.
    for (let i = 0; i < ways.length; i++) {
      const way = ways[(i + nth) % ways.length];
      if (way) measured.set(way, await measure(kind, way, count, window));
    }
    const shown = [...measured].map(([way, perSecond]) => `${way} ${Math.round(perSecond)}`).sort();
    log(`${kind}, ${count} writers: ${shown.join(', ')} /s`);
    return measured;
  };
  const all = async (kind: WriteRequest['kind'], ways: readonly Way[], count: number, rounds: Rounds): Promise<Map<Way, number>[]> => {
    const measured: Map<Way, number>[] = [];
    for (let nth = 0; nth < rounds.count; nth++) measured.push(await round(kind, ways, count, nth, rounds));
    return measured;
  };

  const figures: Figure[] = [];
  for (const count of check ? [] : WRITERS) {
    const measured = await all('insert', ['bare', 'belfry', 'notify'], count, long);
    const name = (way: string): string => `capture, inserts, ${count} ${count === 1 ? 'writer' : 'writers'}, ${way}`;
    figures.push(
      compare(name('Belfry, relaying'), '/s', pairs(measured, 'belfry'), 'no trigger'),
      compare(name('plain NOTIFY'), '/s', pairs(measured, 'notify'), 'no trigger'),
    );
  }

  await belfry.stop();
  isRelaying = false;
  const edited = await all('update', ['bare', 'belfry'], EDITORS, short);
  figures.push(compare(`capture, updates of unwatched columns, ${EDITORS} writers`, '/s', pairs(edited, 'belfry'), 'no trigger', { of: 'ratio', atLeast: 0.92 }));
  for (const count of check ? CHECKED : WRITERS) {
    const measured = await all('insert', ['bare', 'belfry'], count, short);
    const name = `capture, inserts, ${count} ${count === 1 ? 'writer' : 'writers'}, Belfry's trigger alone`;
    const needed = count === 32 ? ({ of: 'ratio', atLeast: 0.75 } as const) : null;
    figures.push(compare(name, '/s', pairs(measured, 'belfry'), 'no trigger', needed));
  }
  return figures;
};

function pairs(measured: readonly Map<Way, number>[], way: Way): { value: number; baseline: number }[] {
  return measured.map((round) => ({ value: round.get(way) ?? NaN, baseline: round.get('bare') ?? NaN }));
}
