import type { Preferences } from './preferences.schemas.js';

const NONE: ReadonlySet<string> = new Set();

/** Topics of which nothing is given, listed or counted. One set for all who have muted none. */
export function mutedBy({ mutedTopics }: Preferences): ReadonlySet<string> {
  return mutedTopics.length === 0 ? NONE : new Set(mutedTopics);
}

export function areMutedAlike(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return some.size === others.size && [...some].every((topic) => others.has(topic));
}
