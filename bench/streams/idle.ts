import { startBelfry } from '../belfry-process.js';
import type { BenchContext } from '../bench.js';
import { Child } from '../child.js';
import { compare, type Figure } from '../figures.js';
import type { CrowdRequest } from './crowd.js';
import { COLLECTS, residentKb, residentKbInUse } from '../resident.js';
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
  const rounds: { belfry: PerStream; plain: PerStream; nest: PerStream }[] = [];
  const measureBaseline = async (script: 'plain-server' | 'nest-server'): Promise<PerStream> => {
    const server = new Child<object, string>(script, [], COLLECTS);
    atEnd(() => server.stop());
    const measured = await measure(await server.ask({}), server.pid);
    await server.stop();
    return measured;
  };
  for (let nth = 0; nth < (quick || tokens.length < 2_000 ? 1 : 3); nth++) {
    const plain = await measureBaseline('plain-server');
    const nest = await measureBaseline('nest-server');
    const belfry = await startBelfry({ databaseUrl, rules: RULES, nodeFlags: COLLECTS });
    atEnd(() => belfry.stop());
    const own = await measure(belfry.url, belfry.pid);
    await belfry.stop();
    rounds.push({ plain, nest, belfry: own });
    log(`a stream: Belfry ${own.inUse.toFixed(1)} KB, http ${plain.inUse.toFixed(1)} KB, Nest's @Sse ${nest.inUse.toFixed(1)} KB`);
  }
  const figure = (name: string, of: keyof PerStream, against: 'plain' | 'nest', atMost?: number): Figure =>
    compare(
      `${tokens.length} idle streams, ${name}`,
      'KB each',
      rounds.map((round) => ({ value: round.belfry[of], baseline: round[against][of] })),
      against === 'plain' ? 'a bare http response' : "Nest's @Sse with nothing in it",
      atMost === undefined ? null : { of: 'ratio', atMost },
    );
  return [
    figure('in use', 'inUse', 'plain', 2),
    figure("in use, to Nest's @Sse", 'inUse', 'nest', 1.1),
    figure('as all have just come', 'asItStands', 'plain'),
  ];
}
