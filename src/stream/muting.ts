import { mutedBy } from '../inbox/muted.js';
import { DEFAULT_PREFERENCES, keptPreferences, type Preferences } from '../inbox/preferences.schemas.js';
import type { Entry } from '../journal/entry.js';

/** What a stream's reader has muted, by the preferences that it was told last. */
export class Muting {
  /** The position that what it was told first stands for; undefined before. */
  private since: bigint | undefined;
  private topics = mutedBy(DEFAULT_PREFERENCES);

  /** Nothing may be given before that. */
  get isKnown(): boolean {
    return this.since !== undefined;
  }

  begin(preferences: Preferences, position: bigint): void {
    this.since = position;
    this.topics = mutedBy(preferences);
  }

  forget(): void {
    this.since = undefined;
  }

  /**
   * Without what is of a muted topic, or tells of preferences older than the reader knows: the very same array where all of it is to be
   * given, so that it shares its frames with others. What comes after other preferences goes by those.
   */
  sift(entries: readonly Entry[]): readonly Entry[] {
    if (this.topics.size === 0 && !entries.some(({ kind }) => kind === 'preferences')) return entries;
    const given = entries.filter((entry) => this.isGiven(entry));
    return given.length === entries.length ? entries : given;
  }

  private isGiven({ kind, position, topic, json }: Entry): boolean {
    if (kind !== 'preferences') return topic === undefined || !this.topics.has(topic);
    if (this.since !== undefined && position <= this.since) return false;
    this.topics = mutedBy(keptPreferences(JSON.parse(json) as object));
    return true;
  }
}
