import type { Entry } from '../journal/entry.js';

export type EventName = 'hello' | 'reset' | 'notifications' | 'receipts' | 'counts' | 'ready' | 'metrics' | 'goodbye';

/** What several entries become on the wire: their JSON as it is, joined to an array. */
export interface EntryFrame {
  event: 'notifications' | 'receipts';
  /** Position of the last entry in it. */
  position: bigint;
  data: string;
}

/**
 * Puts entries into as few frames as keep their order: one frame holds neighbours of one event, up to `maxCharacters`, and
 * at least one entry. A purge makes none: counts tell of it.
 */
export function toFrames(entries: readonly Entry[], maxCharacters: number): EntryFrame[] {
  const frames: EntryFrame[] = [];
  let group: Entry[] = [];
  let characters = 0;
  const close = (): void => {
    const last = group.at(-1);
    if (!last) return;
    frames.push({ event: eventOf(last), position: last.position, data: `[${group.map(({ json }) => json).join(',')}]` });
    group = [];
    characters = 0;
  };
  for (const entry of entries) {
    if (entry.kind === 'purge' || entry.superseded) continue;
    const fits = group[0] !== undefined && eventOf(group[0]) === eventOf(entry) && characters + entry.json.length <= maxCharacters;
    if (!fits) close();
    group.push(entry);
    characters += entry.json.length + 1;
  }
  close();
  return frames;
}

function eventOf({ kind }: Entry): EntryFrame['event'] {
  return kind === 'receipt' ? 'receipts' : 'notifications';
}
