import type { MessageEvent } from '@nestjs/common';
import { keptPreferences } from '../inbox/preferences.schemas.js';
import { formatCursor } from '../journal/cursor.js';
import type { Entry } from '../journal/entry.js';

export type EventName = 'hello' | 'reset' | 'notifications' | 'receipts' | 'preferences' | 'counts' | 'ready' | 'metrics' | 'goodbye';

/** What entries become on the wire: the JSON of several as it is, joined to an array; preferences by themselves, and whole. */
export interface EntryFrame {
  /** Position of the last entry in it. */
  position: bigint;
  message: MessageEvent & { type: 'notifications' | 'receipts' | 'preferences' };
}

/** Readers with different roles are given different entries at one time: as many of their sets are kept. */
const SETS_KEPT = 16;

/** Frames of the entries that were handed out last: most sessions are given the same, and so the same frames. */
export class Frames {
  private readonly kept: Record<'whole' | 'sifted', { entries: readonly Entry[]; epoch: string; frames: EntryFrame[] }[]> = { whole: [], sifted: [] };

  constructor(private readonly maxCharacters: number) {}

  /**
   * The frames of these entries, the very same for the same entries.
   *
   * @param how `sifted` where the reader is not given all: each may be given others, and puts out none that go to many
   */
  of(entries: readonly Entry[], epoch: string, how: 'whole' | 'sifted' = 'whole'): EntryFrame[] {
    const sets = this.kept[how];
    const known = sets.find((set) => set.epoch === epoch && areSame(set.entries, entries));
    if (known) return known.frames;
    const frames = toFrames(entries, epoch, this.maxCharacters);
    this.kept[how] = [{ entries, epoch, frames }, ...sets.slice(0, SETS_KEPT - 1)];
    return frames;
  }
}

function areSame(some: readonly Entry[], others: readonly Entry[]): boolean {
  return some.length === others.length && some.every((entry, nth) => entry === others[nth]);
}

/** A message as it goes over the wire. Data is JSON, on one line. */
export function toText({ type, id, retry, comment, data }: MessageEvent): string {
  const head = `${type === undefined ? '' : `event: ${type}\n`}${id === undefined ? '' : `id: ${id}\n`}${retry === undefined ? '' : `retry: ${retry}\n`}`;
  const said = comment === undefined ? '' : `: ${comment}\n`;
  const body = (data as unknown) === undefined ? '' : `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n`;
  return `${head}${said}${body}\n`;
}

/**
 * Puts entries into as few frames as keep their order: one frame holds neighbours of one event, up to `maxCharacters`, and
 * at least one entry. A purge makes none: counts tell of it.
 */
export function toFrames(entries: readonly Entry[], epoch: string, maxCharacters: number): EntryFrame[] {
  const frames: EntryFrame[] = [];
  let group: Entry[] = [];
  let characters = 0;
  const close = (): void => {
    const last = group.at(-1);
    if (!last) return;
    const { position } = last;
    const data = `[${group.map(({ json }) => json).join(',')}]`;
    frames.push({ position, message: { type: eventOf(last), id: formatCursor({ epoch, position }), data } });
    group = [];
    characters = 0;
  };
  for (const entry of entries) {
    if (entry.kind === 'purge' || entry.superseded) continue;
    if (entry.kind === 'preferences') {
      close();
      const { position } = entry;
      const data = JSON.stringify(keptPreferences(JSON.parse(entry.json) as object));
      frames.push({ position, message: { type: 'preferences', id: formatCursor({ epoch, position }), data } });
      continue;
    }
    const fits = group[0] !== undefined && eventOf(group[0]) === eventOf(entry) && characters + entry.json.length <= maxCharacters;
    if (!fits) close();
    group.push(entry);
    characters += entry.json.length + 1;
  }
  close();
  return frames;
}

function eventOf({ kind }: Entry): EntryFrame['message']['type'] {
  return kind === 'receipt' ? 'receipts' : 'notifications';
}
