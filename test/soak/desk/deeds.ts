import type { Chance } from '../random.js';
import { TOPICS } from '../rules.js';
import type { Line } from './inbox-model.js';
import { DESK_TOPICS } from './rules.js';

/** What an admin asks for, below `/v1`. */
export interface Deed {
  method: 'PATCH' | 'POST' | 'PUT';
  path: string;
  body?: object;
  /** For a deed to one. */
  verb?: string;
  id?: string;
}

/** What a deed is drawn from: a list, newest first; ids put away; and what takes a mark of all back. */
export interface Drawn {
  lines: readonly Line[];
  away: readonly string[];
  undo: object | undefined;
}

/** How often each verb, of a hundred; what is left is for many at once. */
const VERBS = { read: 10, unread: 10, archive: 12, snooze: 14, claim: 10, release: 6, resolve: 4 } as const;
/** Of the newest on the list one is taken: what lives on is among them. */
const RECENT = 30;
const CLAIMED = 4;
/** Longest snooze, in milliseconds: most are due while all still runs. */
const SNOOZE_MS = 4_000;

/** @returns undefined where there is nothing to do it to */
export function draw(chance: Chance, user: string, { lines, away, undo }: Drawn): Deed | undefined {
  const ofTheDesk = lines.filter(({ topic }) => isOfTheDesk(topic));
  const recent = (chance.happens(0.8) ? ofTheDesk : lines).slice(0, RECENT);
  const places = lines.map(({ place }) => place);
  const pickFrom = (from: readonly { id: string }[]): string | undefined => (from.length > 0 ? chance.pick(from).id : undefined);
  const [anyOne, anyAway] = [pickFrom(recent), away.length > 0 ? chance.pick(away) : undefined];
  let lot = chance.between(0, 99);
  for (const [verb, share] of Object.entries(VERBS)) {
    if (lot < share) {
      const own = verb === 'release' ? pickFrom(ofTheDesk.filter(({ claimedBy }) => claimedBy === user)) : undefined;
      // Of so few that two meet at one.
      const id = verb === 'claim' ? pickFrom(ofTheDesk.slice(0, CLAIMED)) : (own ?? anyOne);
      return id === undefined ? undefined : patch(verb, id, chance);
    }
    lot -= share;
  }
  if (lot < 8) return anyAway === undefined ? undefined : patch(chance.happens(0.5) ? 'unarchive' : 'unsnooze', anyAway, chance);
  if (lot < 13) return { method: 'PUT', path: '/preferences', body: { mutedTopics: chance.shuffle([...DESK_TOPICS, ...TOPICS]).slice(0, chance.pick([0, 0, 1, 2, 4])) } };
  if (undo && chance.happens(0.5)) return { method: 'POST', path: '/notifications/unread', body: undo };
  if (recent.length < 5) return undefined;
  // Some way down, so that not everything is read in the end.
  const upTo = places[chance.between(3, Math.min(60, places.length - 1))] ?? '0';
  const ids = chance.shuffle(recent).slice(0, chance.between(1, 6)).map(({ id }) => id);
  const body = chance.happens(0.5) ? { ids } : { upTo };
  const kind = chance.between(0, 5);
  if (kind === 0) return post('seen', { upTo: places[0] ?? '0' });
  if (kind === 1) return post('read', { upTo, topic: chance.pick([...DESK_TOPICS, ...TOPICS]) });
  if (kind === 2) return post('read', body);
  if (kind === 3) return post('archive', body);
  if (kind === 4) return post('unarchive', chance.happens(0.5) ? { ids: away.slice(0, 5).concat(ids) } : { upTo });
  return post('read', { upTo });
}

const post = (which: string, body: object): Deed => ({ method: 'POST', path: `/notifications/${which}`, body });

function patch(verb: string, id: string, chance: Chance): Deed {
  const body = verb === 'snooze' ? { until: new Date(Date.now() + chance.between(300, SNOOZE_MS)).toISOString() } : undefined;
  return { method: 'PATCH', path: `/notifications/${id}/${verb}`, verb, id, ...(body && { body }) };
}

export const isOfTheDesk = (topic: string): boolean => DESK_TOPICS.some((own) => own === topic);
/** What is everybody's is done to the desk's own only: the other readers' counts are of what nobody settles. */
export const isForEverybody = (verb: string | undefined): boolean => verb === 'claim' || verb === 'release' || verb === 'resolve';
