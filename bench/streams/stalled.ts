import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startBelfry } from '../belfry-process.js';
import type { BenchContext } from '../bench.js';
import { drained } from '../bench-database.js';
import { Child } from '../child.js';
import { type Figure, plain } from '../figures.js';
import type { CrowdRequest, Given } from './crowd.js';
import { COLLECTS, residentKb, residentKbInUse } from '../resident.js';
import { RULES } from './rules.js';

const STALLED = 50;
const BATCH = 1_000;
/** After this long without draining a reader is cut; and some, for a busy machine. */
const CUT_MS = 45_000;

/**
 * Readers that stop reading while 100,000 notifications are due to them. The same without any reader is the baseline: the
 * process keeps the journal's recent end in memory whoever reads.
 */
export async function benchStalled({ quick, log, atEnd }: BenchContext, client: pg.Client, databaseUrl: string, tokens: readonly string[]): Promise<Figure[]> {
  const notifications = quick ? 20_000 : 100_000;
  const run = async (readers: number): Promise<{ peak: number; inUse: number; left: number }> => {
    const belfry = await startBelfry({ databaseUrl, rules: RULES, nodeFlags: COLLECTS });
    atEnd(() => belfry.stop());
    const crowd = new Child<CrowdRequest, number | Given[]>('crowd');
    atEnd(() => crowd.stop());
    await crowd.ask({ open: belfry.url, tokens: tokens.slice(0, readers) });
    await crowd.ask({ stopReading: true });
    const before = await residentKbInUse(belfry.pid);
    let peak = before;
    for (let written = 0; written < notifications; written += BATCH) {
      await client.query(`insert into orders (customer_name) select repeat('x', 150) || n from generate_series(1, ${BATCH}) n`);
      await drained(client);
      peak = Math.max(peak, await residentKb(belfry.pid));
    }
    const inUse = await residentKbInUse(belfry.pid);
    if (readers > 0) await sleep(CUT_MS);
    const left = await residentKbInUse(belfry.pid);
    await crowd.stop();
    await belfry.stop();
    return { peak: peak - before, inUse: inUse - before, left: left - before };
  };
  const none = await run(0);
  const stalled = await run(STALLED);
  log(`above the start, in MB: ${STALLED} stalled ${mb(stalled)}; no reader ${mb(none)}`);
  const figure = (name: string, of: keyof typeof none, atMost: number | null): Figure =>
    plain(`a stalled reader during ${notifications}, ${name}`, 'KB', [(stalled[of] - none[of]) / STALLED], atMost === null ? null : { of: 'value', atMost });
  return [figure('in use at the end', 'inUse', 1_024), figure('peak, garbage included', 'peak', null), figure('after it was cut', 'left', 128)];
}

function mb(memory: { peak: number; inUse: number; left: number }): string {
  return `peak ${Math.round(memory.peak / 1_024)}, in use ${Math.round(memory.inUse / 1_024)}, later ${Math.round(memory.left / 1_024)}`;
}
