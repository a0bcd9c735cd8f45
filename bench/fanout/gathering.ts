/** The buckets of the server's own histogram of how long notifications waited for others: upper bound in milliseconds, rounds up to it. */
export type Gathered = ReadonlyMap<number, number>;

const BUCKET = /^belfry_gathering_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm;

export async function gatheredMs(url: string): Promise<Gathered> {
  const answer = await fetch(`${url}/metrics`);
  const text = await answer.text();
  const buckets = [...text.matchAll(BUCKET)].map(([, bound, rounds]): [number, number] => [bound === '+Inf' ? Infinity : Number(bound) * 1_000, Number(rounds)]);
  if (buckets.length === 0) throw new Error(`${url}/metrics answered ${answer.status} without belfry_gathering_seconds`);
  return new Map(buckets);
}

/** The upper bound of the bucket that 99 of 100 rounds since then fall into or stay below. */
export function p99(now: Gathered, before: Gathered): number {
  const since = [...now].map(([bound, rounds]) => ({ bound, rounds: rounds - (before.get(bound) ?? 0) }));
  const all = since.at(-1)?.rounds ?? 0;
  return since.find(({ rounds }) => rounds >= 0.99 * all)?.bound ?? Infinity;
}
