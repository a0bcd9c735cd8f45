import { isFor, type Entry } from './entry.js';

/**
 * The recent end of the journal in memory, bounded in entries and in characters. Positions only grow.
 *
 * Everything above `floor` up to `head` is held, so that whoever stands within can be served without a query.
 */
export class RecentEntries {
  private entries: Entry[] = [];
  private characters = 0;
  private floorPosition: bigint;
  private headPosition: bigint;

  /** @param start the position after which entries will be appended */
  constructor(
    private readonly maxEntries: number,
    private readonly maxCharacters: number,
    start = 0n,
  ) {
    this.floorPosition = start;
    this.headPosition = start;
  }

  /** Entries above this position are held. */
  get floor(): bigint {
    return this.floorPosition;
  }

  /** The last position known. */
  get head(): bigint {
    return this.headPosition;
  }

  /** The entry at the head, where it is held. */
  get last(): Entry | undefined {
    const last = this.entries.at(-1);
    return last?.position === this.headPosition ? last : undefined;
  }

  get size(): number {
    return this.entries.length;
  }

  /** Adds what follows the head, oldest first. @throws RangeError when it does not follow */
  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.position <= this.headPosition) {
        throw new RangeError(`position ${entry.position} came after ${this.headPosition}: the journal is not in commit order`);
      }
      if (entry.from !== undefined) this.supersede(entry.from);
      this.entries.push(entry);
      this.headPosition = entry.position;
      this.characters += entry.json.length;
    }
    this.trim();
  }

  /**
   * What lies after a position for these channels, oldest first, at most `limit` entries.
   *
   * @returns undefined when the position lies below what is held
   */
  after(position: bigint, channels: ReadonlySet<string>, limit: number): Entry[] | undefined {
    if (position < this.floorPosition) return undefined;
    const found: Entry[] = [];
    for (let index = this.indexAfter(position); index < this.entries.length && found.length < limit; index++) {
      const entry = this.entries[index];
      if (entry && isFor(entry, channels)) found.push(entry);
    }
    return found;
  }

  /** What was raised again is told by the entry that raised it: a slow reader is given the newest alone. */
  private supersede(position: bigint): void {
    const index = this.indexAfter(position) - 1;
    const entry = this.entries[index];
    if (entry?.position !== position) return;
    this.characters -= entry.json.length;
    this.entries[index] = { ...entry, superseded: true, json: '' };
  }

  /** Index of the first entry above a position. */
  private indexAfter(position: bigint): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.entries[middle];
      if (entry && entry.position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Drops the oldest eighth more than it must, so that the cost of moving the rest is paid seldom. */
  private trim(): void {
    let drop = 0;
    let kept = this.characters;
    const slack = this.maxEntries / 8;
    if (this.entries.length > this.maxEntries + slack) drop = this.entries.length - this.maxEntries;
    for (let index = 0; index < drop; index++) kept -= this.entries[index]?.json.length ?? 0;
    while (kept > this.maxCharacters && drop < this.entries.length) kept -= this.entries[drop++]?.json.length ?? 0;
    if (drop === 0) return;
    this.floorPosition = this.entries[drop - 1]?.position ?? this.floorPosition;
    this.entries = this.entries.slice(drop);
    this.characters = kept;
  }
}
