import type pg from 'pg';
import { startBelfry, tokenFor } from '../belfry-process.js';
import type { BenchContext } from '../bench.js';
import { drained } from '../bench-database.js';
import { Child } from '../child.js';
import { type Figure, plain } from '../figures.js';
import { publish } from '../fanout/source.js';
import { COLLECTS, residentKb, residentKbInUse } from '../resident.js';
import type { CrowdRequest } from '../streams/crowd.js';
import { RULES } from '../streams/rules.js';

const PER_SECOND = 200;
const MINUTES = 10;
const STREAMS = 100;
/** As many as the journal's end in memory holds: it is full before the run begins. */
const HELD = 10_000;
/** In use at the end to the middle: nothing grows. In the first minutes code is compiled, and pools and histories fill. */
const FLAT = 1.05;

/** Ten minutes at 200 notifications a second, to 100 streams: what is in use does not grow. */
export async function benchFlat({ quick, log, atEnd }: BenchContext, client: pg.Client, databaseUrl: string): Promise<Figure[]> {
  const minutes = quick ? 1 : MINUTES;
  const tokens = await Promise.all(Array.from({ length: STREAMS }, (_, nth) => tokenFor(`admin-${nth}`)));
  const belfry = await startBelfry({ databaseUrl, rules: RULES, nodeFlags: COLLECTS });
  atEnd(() => belfry.stop());
  const crowd = new Child<CrowdRequest, unknown>('crowd');
  atEnd(() => crowd.stop());
  await crowd.ask({ open: belfry.url, tokens });
  await client.query(`insert into orders (customer_name) select 'Customer ' || n from generate_series(1, $1::int) n`, [HELD]);
  await drained(client);
  const insert = async (): Promise<void> => {
    await client.query({ name: 'order', text: `insert into orders (customer_name) values ('Customer')` });
  };
  await publish({ frame: '', mark: '', times: PER_SECOND * (quick ? 5 : 60), perSecond: PER_SECOND }, insert);
  const first = await residentKbInUse(belfry.pid);
  let peak = 0;
  let middle = first;
  for (let minute = 1; minute <= minutes; minute++) {
    await publish({ frame: '', mark: '', times: PER_SECOND * (quick ? 10 : 60), perSecond: PER_SECOND }, insert);
    const now = await residentKb(belfry.pid);
    peak = Math.max(peak, now);
    if (minute === Math.ceil(minutes / 2)) middle = await residentKbInUse(belfry.pid);
    log(`after ${minute} of ${minutes} minutes at ${PER_SECOND}/s: ${Math.round(now / 1_024)} MB, garbage included`);
  }
  await drained(client);
  const last = await residentKbInUse(belfry.pid);
  log(`in use: ${[first, middle, last].map((kb) => (kb / 1_024).toFixed(1)).join(', ')} MB at the beginning, in the middle, at the end`);
  await crowd.stop();
  await belfry.stop();
  return [
    plain(`${minutes} minutes at ${PER_SECOND}/s, in use at the end to the middle`, 'times', [last / middle], { of: 'value', atMost: FLAT }),
    plain(`${minutes} minutes at ${PER_SECOND}/s, in use at the end to the beginning`, 'times', [last / first]),
    plain(`${minutes} minutes at ${PER_SECOND}/s, in use at the end`, 'MB', [last / 1_024]),
    plain(`${minutes} minutes at ${PER_SECOND}/s, at most, garbage included`, 'MB', [peak / 1_024]),
  ];
}
