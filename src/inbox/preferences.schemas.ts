import { z } from 'zod';
import { SEVERITIES } from '../journal/notification.js';
import { topicSchema } from './inbox.schemas.js';

/** Topics that one admin may mute. */
const MOST_MUTED = 1_000;

/** From which severity on; `none`: never. */
const threshold = (fallback: (typeof SEVERITIES)[number] | 'none') => z
  .strictObject({ minSeverity: z.enum([...SEVERITIES, 'none'], { error: `expected one of ${SEVERITIES.join(', ')}, none` }) })
  .default({ minSeverity: fallback });

const time = z.string({ error: 'expected a time as 22:00' }).regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time as 22:00');

const flag = (fallback: boolean) => z.boolean({ error: 'expected true or false' }).default(fallback);

/** What an admin wants to be disturbed by. What is left out is as it is by default. */
export const preferencesSchema = z.strictObject({
  /** A topic that no rule has is kept: the rule may come back. */
  mutedTopics: z.array(topicSchema).max(MOST_MUTED, `expected at most ${MOST_MUTED} topics`).default([]).transform((topics) => [...new Set(topics)]),
  toast: threshold('info'),
  sound: threshold('none'),
  desktop: threshold('none'),
  /** The unread number before the page's title. */
  title: flag(true),
  /** Over midnight where `from` is later than `to`. */
  quietHours: z
    .strictObject({
      from: time,
      to: time,
      timeZone: z.string({ error: 'expected a time zone as Europe/Berlin' }).max(100).refine(isTimeZone, 'expected a time zone of the IANA database, as Europe/Berlin'),
    })
    .nullable()
    .default(null),
  /** A critical one stands on the page until it is acknowledged. */
  acknowledgeCritical: flag(false),
});
export type Preferences = z.output<typeof preferencesSchema>;

/** As they are kept, perhaps by another version: what this one does not know is left out, and what it can't read is as by default. */
export function keptPreferences(kept: object): Preferences {
  const members = Object.entries(preferencesSchema.shape).map(([name, schema]) => {
    const { data = schema.parse(undefined) } = schema.safeParse(kept[name as keyof typeof kept]);
    return [name, data];
  });
  return Object.fromEntries(members) as Preferences;
}

/** Of who has never said anything. */
export const DEFAULT_PREFERENCES = keptPreferences({});

/** By name: an offset such as +01:00 knows no summer time. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
