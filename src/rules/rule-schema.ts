import { z } from 'zod';
import { bulk } from './bulk-schema.js';
import { escalate } from './escalation-schema.js';
import { OPERATIONS, RESOLVING_OPERATIONS, SEVERITIES } from './rule.js';
import { channels, duration, list, severityText, text } from './schema-parts.js';
import { parseTableName } from './table-name.js';

/** Seconds. */
const DAY = 86_400;

/**
 * The grammar of `belfry.yaml`. Every schema's error says what is expected; what was found is said by the reader, which
 * knows the source. A check that knows a place inside the text gives it as `params.offset`.
 *
 * Editors get the same grammar as `belfry.schema.json`: each key's `meta` is what they show. docs/rules.md has every key too.
 */
/** The name of a rule. */
export const topicSchema = z
  .string({ error: 'a dotted name as order.created' })
  .regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/, 'a dotted name of lower-case letters, digits and _, as order.created')
  .max(50, 'at most 50 characters')
  .meta({ description: 'The name of this kind of notification. Each topic once in the file.', examples: ['order.created'] });

const table = z
  .string({ error: 'a table as public.orders' })
  .refine((text) => parseTableName(text), 'a table as public.orders, or "Odd Schema"."Mixed Case" in quotes')
  .refine(
    (text) => !/^(pg_.*|information_schema|belfry)$/.test(parseTableName(text)?.schema ?? ''),
    'a table of your own: the schemas of PostgreSQL and belfry are not watched',
  )
  .meta({
    description: 'The table whose changes are watched, as SQL would write it. Without a schema it is in public.',
    examples: ['public.orders', '"Odd Schema"."Mixed Case"'],
  });

/** One operation alone stands for a list of it. */
export const on = z
  .preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    list(
      z.enum(OPERATIONS, { error: `one of ${OPERATIONS.join(', ')}` }),
      `${OPERATIONS.join(', ')} or a list of them, as [insert, update]`,
    ),
  )
  .meta({ description: 'What happens to the row: one operation, or a list of them.', examples: ['insert', ['insert', 'update']] });

/** As `on`, of what resolves. */
export const resolvingOn = z
  .preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    list(
      z.enum(RESOLVING_OPERATIONS, { error: `one of ${RESOLVING_OPERATIONS.join(', ')}` }),
      `${RESOLVING_OPERATIONS.join(', ')} or a list of both`,
    ),
  )
  .meta({
    description: 'What can resolve: an update for which when holds, the row being deleted. Without it both, but not a delete that rings.',
    examples: ['delete', ['update', 'delete']],
  });

const columns = list(
  z.string({ error: 'the name of a column' }).min(1, 'the name of a column'),
  'a list of columns, as [status]',
).meta({
  description: 'An update counts only when one of these columns really changed. Without it every update counts.',
  examples: [['status']],
});

const when = z
  .string({ error: 'SQL in quotes, as "new.status = \'cancelled\'"' })
  .refine((text) => text.trim() !== '', 'SQL, as "new.status = \'cancelled\'"')
  .max(10_000, 'at most 10,000 characters')
  .meta({
    description:
      'A condition in SQL over the rows new and old, checked by PostgreSQL when the rule is applied. Functions and types outside ' +
      'pg_catalog need their schema.',
    examples: ["new.status = 'cancelled'", "old.status in ('resolved', 'closed') and new.status = 'open'"],
  });

const audience = channels().meta({
  description: 'Who is told: everyone, role:<name> or user:<id>. Liquid is allowed; a channel without a name is nobody.',
  examples: [['role:sales'], ['role:support', 'user:{{ row.assignee_id }}']],
});

const severity = severityText()
  .default('info')
  .meta({
    description: `How loud the bell is: ${SEVERITIES.join(', ')}, or Liquid that gives one of them.`,
    examples: [...SEVERITIES, "{% if row.priority == 'urgent' %}critical{% else %}info{% endif %}"],
  });

const title = text().meta({
  description: 'One line, in Liquid: row is the row as it is now, old as it was. At most 200 characters are shown.',
  examples: ['New order #{{ row.id }}'],
});

const body = text().meta({
  description: 'More of it, in Liquid; line breaks are kept. At most 2,000 characters are shown.',
  examples: ['{{ row.customer_name }}, {{ row.total_cents | money: row.currency }}'],
});

const link = text().meta({
  description: 'Where a click leads, in Liquid: a path of your own site, or http: or https:.',
  examples: ['/orders/{{ row.id }}'],
});

const key = text().meta({
  description:
    'In Liquid. A change with the key of a notification that is open updates it in place: content, count and place in the list, ' +
    'unread for everybody. At most 200 characters; without one, each change is a notification of its own.',
  examples: ['import:{{ row.id }}'],
});

const resolveSchema = z
  .strictObject({ when: when.optional(), on: resolvingOn.optional() }, { error: 'a mapping with when, or on: delete' })
  .refine(({ when: asked, on: operations }) => asked !== undefined || (operations?.length === 1 && operations[0] === 'delete'), {
    error: 'when, a condition on the updated row, or on: delete',
  })
  .refine(({ when: asked, on: operations }) => asked === undefined || (operations?.includes('update') ?? true), {
    error: 'update among on, as when is asked of updates only: a deleted row resolves anyway',
  })
  .meta({
    description:
      'When the row needs nobody any more: its notifications of this rule leave every badge, and stay in the history. ' +
      'By an update for which when holds, and by a delete. A change that resolves does not ring.',
    examples: [{ when: "new.status in ('resolved', 'closed')" }, { on: 'delete' }],
  });

const expire = duration(366 * DAY, 'a time as 2d or 12h, at most 366d').meta({
  description: 'How long it is news, as 90s, 5m, 12h or 2d. After that it leaves every badge, and stays in the history.',
  examples: ['2d'],
});

const digest = duration(DAY, 'a time as 5m, at most 1d').meta({
  description:
    'Changes within this time from the first become one notification, for each audience or, with key, for each key: it comes with ' +
    'the first and is updated with every other. Templates have their count, and the titles of the latest as latest.',
  examples: ['5m'],
});

export const ruleSchema = z.strictObject(
  {
    topic: topicSchema,
    table,
    on,
    columns: columns.optional(),
    when: when.optional(),
    audience,
    severity,
    title,
    body: body.optional(),
    link: link.optional(),
    key: key.optional(),
    resolve: resolveSchema.optional(),
    expire: expire.optional(),
    digest: digest.optional(),
    bulk: bulk.optional(),
    escalate: escalate.optional(),
  },
  { error: 'a mapping with topic, table, on, audience and title' },
);

export const rulesFileSchema = z.strictObject(
  {
    rules: z
      .array(ruleSchema, { error: 'a list of rules; for none write rules: []' })
      .meta({ description: 'The rules. A rule that is taken out is dropped from the database when the file is applied.' }),
  },
  { error: 'a mapping with rules; for none write rules: []' },
);

export const RULE_KEYS: readonly string[] = Object.keys(ruleSchema.shape);
export const RESOLVE_KEYS: readonly string[] = Object.keys(resolveSchema.shape);
