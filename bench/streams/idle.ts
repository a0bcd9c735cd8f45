import { startBelfry } from '../belfry-process.js';
import type { BenchContext } from '../bench.js';
import { Child } from '../child.js';
import { compare, type Figure } from '../figures.js';
import type { CrowdRequest } from './crowd.js';
import { COLLECTS, residentKb, residentKbInUse } from './memory.js';
import { RULES } from './rules.js';

/** Kilobytes of resident memory for each open stream. */
interface PerStream {
  inUse: number;
  asItStands: number;
}

/** What an open stream on which nothing happens takes, held against a bare `http` response in a process of its own. */
export async function benchIdle({ quick, log, atEnd }: BenchContext, databaseUrl: string, tokens: readonly string[]): Promise<Figure[]> {
  const crowd = new Child<CrowdRequest, unknown>('crowd');
  atEnd(() => crowd.stop());
  const measure = async (url: string, pid: number): Promise<PerStream> => {
    // What the first streams bring into memory for good is no stream's.
    await crowd.ask({ open: url, tokens: tokens.slice(0, 100) });
    await crowd.ask({ leave: true });
    const before = await residentKbInUse(pid);
    await crowd.ask({ open: url, tokens });
    const peak = await residentKb(pid);
    const after = await residentKbInUse(pid);
    await crowd.ask({ leave: true });
    return { inUse: (after - before) / tokens.length, asItStands: (peak - before) / tokens.length };
  };
  const rounds: { belfry: PerStream; plain: PerStream }[] = [];
  for (let nth = 0; nth < (quick ? 1 : 3); nth++) {
    const plain = new Child<object, string>('plain-server', [], COLLECTS);
    atEnd(() => plain.stop());
    const bare = await measure(await plain.ask({}), plain.pid);
    await plain.stop();
    const belfry = await startBelfry({ databaseUrl, rules: RULES, nodeFlags: COLLECTS });
    atEnd(() => belfry.stop());
    const own = await measure(belfry.url, belfry.pid);
    await belfry.stop();
    rounds.push({ plain: bare, belfry: own });
    log(`a stream: Belfry ${own.inUse.toFixed(1)} KB, http ${bare.inUse.toFixed(1)} KB`);
  }
  const figure = (name: string, of: keyof PerStream, atMost?: number): Figure =>
    compare(
      `${tokens.length} idle streams, ${name}`,
      'KB each',
      rounds.map(({ belfry, plain }) => ({ value: belfry[of], baseline: plain[of] })),
      'a bare http response',
      atMost === undefined ? null : { of: 'ratio', atMost },
    );
  return [figure('in use', 'inUse', 2), figure('as all have just come', 'asItStands')];
}
