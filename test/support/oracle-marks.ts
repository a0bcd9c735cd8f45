import type { CommittedRow, Received } from './ledger.js';

export interface Count {
  count: number;
  capped: boolean;
}

/** Something that an admin marked as read, and the channels that they had when they did. */
export type Mark = { channels: readonly string[] } & ({ ids: readonly string[] } | { upTo: string; topic?: string });

/** A row that has its notification. */
type Known = CommittedRow & { id: string };

/** Counted up to here, and said to be capped beyond. */
const CAP = 1_000;

/** Everything up to an id is read, whatever the channels; one by one and by topic, only what could be seen. */
function readBy(marks: readonly Mark[]): (row: Known) => boolean {
  let watermark = 0n;
  const seenBy = new Map<string, Set<string>>();
  const topics: { upTo: bigint; topic: string; channels: readonly string[] }[] = [];
  for (const { channels, ...mark } of marks) {
    if ('ids' in mark) for (const id of mark.ids) seenBy.set(id, new Set([...(seenBy.get(id) ?? []), ...channels]));
    else if (mark.topic !== undefined) topics.push({ upTo: BigInt(mark.upTo), topic: mark.topic, channels });
    else if (BigInt(mark.upTo) > watermark) watermark = BigInt(mark.upTo);
  }
  return ({ id, channel, topic }) => {
    const position = BigInt(id);
    if (position <= watermark || seenBy.get(id)?.has(channel)) return true;
    return topics.some((mark) => mark.topic === topic && position <= mark.upTo && mark.channels.includes(channel));
  };
}

/** What every count has to say, in words. @param unmade rows that have no notification: nobody can have read them */
export function unreadOf(own: readonly Known[], marks: readonly Mark[], unmade: number): string {
  const isRead = readBy(marks);
  const unread = own.filter((row) => !isRead(row)).length + unmade;
  return unread > CAP ? `${CAP}, capped` : String(unread);
}

/** Where the list of an inbox is not what the admin's channels and marks make it. */
export function wrongMarks(own: readonly Known[], marks: readonly Mark[], listed: readonly (Received & { isRead: boolean })[]): string[] {
  const breaches: string[] = [];
  const isRead = readBy(marks);
  const states = new Map(listed.map((item) => [item.id, item.isRead]));
  if (states.size !== listed.length) breaches.push(`REST lists ${listed.length - states.size} twice`);
  for (const row of own) {
    const state = states.get(row.id);
    const expected = isRead(row);
    if (state === undefined) breaches.push(`REST does not list ${row.table}#${row.key} (${row.id})`);
    else if (state !== expected) breaches.push(`REST has ${row.id} as ${state ? 'read' : 'unread'}, and it was ${expected ? '' : 'not '}marked`);
    states.delete(row.id);
  }
  for (const id of states.keys()) breaches.push(`REST lists ${id}, which is not for this admin`);
  return breaches;
}
