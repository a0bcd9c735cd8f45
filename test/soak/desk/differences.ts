import type { Line } from './inbox-model.js';

const SAID = ['position', 'place', 'title', 'occurrences', 'isRead', 'isResolved', 'claimedBy', 'isEscalated'] as const;

/** Where a list is not what SQL has, in words: what is missing, what is too much, what stands otherwise, and its order. */
export function differences(found: readonly Line[], expected: readonly Line[]): string[] {
  const byId = new Map(found.map((line) => [line.id, line]));
  const differing: string[] = [];
  if (byId.size !== found.length) differing.push(`has ${found.length - byId.size} twice`);
  for (const line of expected) {
    const own = byId.get(line.id);
    byId.delete(line.id);
    if (!own) differing.push(`lacks ${line.id} (${line.topic}, at ${line.place})`);
    else {
      const others = SAID.filter((name) => own[name] !== line[name]).map((name) => `${name} ${own[name]} instead of ${line[name]}`);
      if (others.length > 0) differing.push(`has ${line.id} (${line.topic}) with ${others.join(', ')}`);
    }
  }
  for (const { id, topic, place } of byId.values()) differing.push(`has ${id} (${topic}, at ${place}), which SQL has not there`);
  const isInOrder = found.every(({ id }, nth) => expected[nth]?.id === id);
  if (differing.length === 0 && !isInOrder) differing.push('has all, in another order');
  return differing;
}
