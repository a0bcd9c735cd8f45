import { z } from 'zod';
import { parseDuration } from '../rules/duration.js';
import { topicSchema } from '../rules/rule-schema.js';
import { MAX_CHANNELS, SEVERITIES } from '../rules/rule.js';

/** Seconds: as long as a rule's `expire` may be. */
const LONGEST = 366 * 86_400;

/** PostgreSQL's text holds no NUL. */
const text = (expected: string) => z.string({ error: expected }).refine((value) => !value.includes('\0'), `${expected} without NUL`);

/** What to publish. The words' forms are checked in the database, by the function that SQL publishes with. */
export const publishSchema = z.strictObject({
  topic: topicSchema,
  audience: z
    .array(text('expected a channel: everyone, role:<name> or user:<id>'), { error: 'expected a list of channels, as ["role:sales"]' })
    .min(1, 'expected at least one channel')
    .max(MAX_CHANNELS, `expected at most ${MAX_CHANNELS} channels`),
  title: text('expected text'),
  body: text('expected text').nullable().default(null),
  link: text('expected a path of your own site, or http: or https:').nullable().default(null),
  severity: z.enum(SEVERITIES, { error: `expected one of ${SEVERITIES.join(', ')}` }).default('info'),
  key: text('expected text').nullable().default(null),
  expiresIn: z
    .string({ error: 'expected a time as 2d or 12h' })
    .refine((text) => (parseDuration(text) ?? Infinity) <= LONGEST, 'expected a time as 2d or 12h, at most 366d')
    .transform((text) => parseDuration(text) ?? null)
    .nullable()
    .default(null),
});
export type Publication = z.output<typeof publishSchema>;

/** Printable ASCII: a UUID, or whatever else is the caller's own name for the request. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

const MAX_ID = 2n ** 63n - 1n;
export const publicationIdSchema = z
  .string()
  .regex(/^\d{1,19}$/, 'expected a decimal string of at most 19 digits')
  .refine((id) => !/^\d+$/.test(id) || BigInt(id) <= MAX_ID, 'expected at most 9223372036854775807');
