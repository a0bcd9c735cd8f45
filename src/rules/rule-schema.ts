import { z } from 'zod';
import { FILTERS, isTemplate, parseTemplate, ROOTS, TAGS, TemplateError } from './liquid.js';
import { didYouMean } from './did-you-mean.js';
import { OPERATIONS, SEVERITIES } from './rule.js';
import { parseTableName } from './table-name.js';

/**
 * The grammar of `belfry.yaml`. Every schema's error says what is expected; what was found is said by the reader, which
 * knows the source. A check that knows a place inside the text gives it as `params.offset`.
 */
const topic = z
  .string({ error: 'a dotted name as order.created' })
  .regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/, 'a dotted name of lower-case letters, digits and _, as order.created')
  .max(50, 'at most 50 characters');

const table = z
  .string({ error: 'a table as public.orders' })
  .refine((text) => parseTableName(text), 'a table as public.orders, or "Odd Schema"."Mixed Case" in quotes')
  .refine(
    (text) => !/^(pg_.*|information_schema|belfry)$/.test(parseTableName(text)?.schema ?? ''),
    'a table of your own: the schemas of PostgreSQL and belfry are not watched',
  );

const on = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  list(
    z.enum(OPERATIONS, { error: `one of ${OPERATIONS.join(', ')}` }),
    `${OPERATIONS.join(', ')} or a list of them, as [insert, update]`,
  ),
);

const columns = list(
  z.string({ error: 'the name of a column' }).min(1, 'the name of a column'),
  'a list of columns, as [status]',
);

const when = z
  .string({ error: 'SQL in quotes, as "new.status = \'cancelled\'"' })
  .refine((text) => text.trim() !== '', 'SQL, as "new.status = \'cancelled\'"')
  .max(10_000, 'at most 10,000 characters');

const channel = template(z.string({ error: 'a channel: everyone, role:<name> or user:<id>' })).refine(
  (text) => /^\s*(everyone\s*$|(role|user):\s*\S|\{[{%])/.test(text),
  'a channel: everyone, role:<name> or user:<id>',
);

const audience = list(channel, 'a list of channels, as [role:sales]');

const severity = template(z.string({ error: `one of ${SEVERITIES.join(', ')}, or a template` })).refine(
  (text) => isTemplate(text) || (SEVERITIES as readonly string[]).includes(text),
  `one of ${SEVERITIES.join(', ')}, or a template that gives one`,
);

const text = template(z.string({ error: 'text in quotes' }).refine((value) => value.trim() !== '', 'text'));

export const ruleSchema = z.strictObject(
  {
    topic,
    table,
    on,
    columns: columns.optional(),
    when: when.optional(),
    audience,
    severity: severity.default('info'),
    title: text,
    body: text.optional(),
    link: text.optional(),
  },
  { error: 'a mapping with topic, table, on, audience and title' },
);

export const rulesFileSchema = z.strictObject(
  { rules: z.array(ruleSchema, { error: 'a list of rules; for none write rules: []' }) },
  { error: 'a mapping with rules; for none write rules: []' },
);

export const RULE_KEYS: readonly string[] = Object.keys(ruleSchema.shape);

function list<T extends z.ZodType<string>>(item: T, expected: string): z.ZodArray<T> {
  return z.array(item, { error: expected }).min(1, expected);
}

function template<T extends z.ZodType<string>>(schema: T): T {
  return schema.check(({ value, issues }) => {
    for (const { message, offset } of templateMistakes(value)) {
      issues.push({ code: 'custom', input: value, message, params: { template: true, offset } });
    }
  });
}

function* templateMistakes(value: string): Generator<{ message: string; offset: number }> {
  try {
    for (const { path, offset } of parseTemplate(value).uses) {
      const root = path[0];
      if (typeof root === 'string' && (ROOTS as readonly string[]).includes(root)) continue;
      const hint = didYouMean(String(root), ROOTS);
      const expected = `${ROOTS.join(', ')} before the first dot${hint}`;
      yield { message: `found {{ ${path.join('.')} }}, expected ${expected}`, offset };
    }
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const message = `the template does not parse: ${error.message}${unknownNameHint(error.message)}`;
    yield { message, offset: error.offset };
  }
}

function unknownNameHint(message: string): string {
  const filter = /^undefined filter: (.*)$/.exec(message)?.[1];
  if (filter !== undefined) return didYouMean(filter, FILTERS);
  const tag = /^tag "(.*)" not found$/.exec(message)?.[1];
  return tag === undefined ? '' : didYouMean(tag, TAGS);
}
