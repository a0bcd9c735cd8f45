import { z } from 'zod';
import { SEVERITIES } from '../journal/notification.js';

/** Most ids that one request, or one answer, names. */
export const MOST_NAMED = 1_000;

const MAX_ID = 2n ** 63n - 1n;

/** A notification's id: a decimal string, as JSON numbers lose digits beyond 2^53. */
export const idSchema = z
  .string({ error: 'expected a decimal string' })
  .regex(/^\d{1,19}$/, 'expected a decimal string of at most 19 digits')
  .transform(BigInt)
  .refine((id) => id <= MAX_ID, 'expected at most 9223372036854775807');

/** As the rules file writes them. */
export const topicSchema = z.string().regex(/^[a-z0-9_.]{1,50}$/, 'expected a topic, as order.created');

/** Topics or severities at once, each looked for by itself. */
const MOST_ASKED = 20;

const flag = z.enum(['true', 'false']).default('false').transform((value) => value === 'true');

/** Once, several times, or with commas between. */
function several<Item extends z.ZodType>(item: Item): z.ZodOptional<z.ZodPreprocess<z.ZodArray<Item>>> {
  const split = (given: unknown): unknown[] => [given].flat().flatMap((one: unknown) => (typeof one === 'string' ? one.split(',') : [one]));
  return z.optional(z.preprocess(split, z.array(item).max(MOST_ASKED, `expected at most ${MOST_ASKED}`)));
}

export const listSchema = z.strictObject({
  status: z.enum(['unread', 'read', 'all']).default('all'),
  archived: flag,
  snoozed: flag,
  /** Addressed to the caller by name. */
  mine: flag,
  topic: several(topicSchema),
  severity: several(z.enum(SEVERITIES)),
  /** Words that all occur in title or body, in whatever case. */
  q: z.string().trim().min(1, 'expected words to look for').max(200, 'expected at most 200 characters').refine((words) => !words.includes('\0'), 'expected no NUL character').optional(),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'expected a whole number from 1 to 100')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 100, 'expected a whole number from 1 to 100')
    .default(20),
  before: idSchema.optional(),
  after: idSchema.optional(),
}).refine(({ q, after }) => q === undefined || after === undefined, 'q goes on with before, not with after');

export const readSchema = z
  .strictObject({
    upTo: idSchema.optional(),
    ids: z.array(idSchema).min(1).max(MOST_NAMED).optional(),
    topic: topicSchema.optional(),
  })
  .refine(({ upTo, ids }) => (upTo === undefined) !== (ids === undefined), 'expected either upTo or ids')
  .refine(({ ids, topic }) => ids === undefined || topic === undefined, 'topic goes with upTo');

/** These, or all up to a position. */
export const manySchema = z
  .strictObject({ upTo: idSchema.optional(), ids: z.array(idSchema).min(1).max(MOST_NAMED).optional() })
  .refine(({ upTo, ids }) => (upTo === undefined) !== (ids === undefined), 'expected either upTo or ids');

/** These, or what one mark of all made read: the `undo` of its answer. */
export const unreadSchema = z
  .strictObject({ ids: z.array(idSchema).max(MOST_NAMED).optional(), upTo: idSchema.optional(), after: idSchema.optional() })
  .refine(({ upTo, after }) => (upTo === undefined) === (after === undefined), 'upTo goes with after: give both, as `undo` has them')
  .refine(({ upTo = 0n, after = 0n }) => after <= upTo, 'expected after to be no greater than upTo')
  .refine(({ ids = [], upTo }) => ids.length > 0 || upTo !== undefined, 'expected ids, or upTo and after');

/** Longest snooze, in days. */
const LONGEST_DAYS = 366;

export const snoozeSchema = z.strictObject({
  until: z.iso
    .datetime({ offset: true, error: 'expected a time with its zone, as 2026-12-01T09:00:00Z' })
    .transform((text) => new Date(text))
    .refine((until) => until.getTime() > Date.now(), 'expected a time to come')
    .refine((until) => until.getTime() <= Date.now() + LONGEST_DAYS * 86_400_000, `expected a time within ${LONGEST_DAYS} days`),
});

export const seenSchema = z.strictObject({ upTo: idSchema });
