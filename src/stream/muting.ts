import type { Entry } from '../journal/entry.js';

/** What a stream's reader knows of their preferences: what it was told first, and then by entries. */
export class Muting {
  /** The position that what it was told first stands for; undefined before. */
  private since: bigint | undefined;

  /** Nothing may be given before that. */
  get isKnown(): boolean {
    return this.since !== undefined;
  }

  begin(position: bigint): void {
    this.since = position;
  }

  forget(): void {
    this.since = undefined;
  }

  /** Without what tells of preferences older than the reader knows: the very same array where all of it is to be given, so that it shares its frames with others. */
  sift(entries: readonly Entry[]): readonly Entry[] {
    const isOld = ({ kind, position }: Entry): boolean => kind === 'preferences' && this.since !== undefined && position <= this.since;
    return entries.some(isOld) ? entries.filter((entry) => !isOld(entry)) : entries;
  }
}
