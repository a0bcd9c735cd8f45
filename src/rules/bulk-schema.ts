import { z } from 'zod';
import { BULK_ROOTS } from './liquid.js';
import { channels, severityText, text } from './schema-parts.js';

/** Until there are more, each is captured in full; then the business's own write takes them back. */
const MOST = 500;

const over = z
  .int({ error: `a whole number from 1 to ${MOST}` })
  .min(1, `a whole number from 1 to ${MOST}`)
  .max(MOST, `a whole number from 1 to ${MOST}`)
  .meta({ description: `More changes than this in one transaction become one notification: 1 to ${MOST}.`, examples: [20] });

/** What `audience` and `severity` of a bulk may depend on: rows that nobody has looked at are in it as well. */
const COUNTED = ['topic', 'count'];

const mapping = z.strictObject(
  {
    over,
    audience: channels(COUNTED)
      .meta({ description: 'Who is told of it. Needed where the audience of the rule depends on the row.', examples: [['role:sales']] })
      .optional(),
    severity: severityText(COUNTED)
      .meta({ description: 'How loud the bell is. Needed where the severity of the rule depends on the row.', examples: ['warning'] })
      .optional(),
    title: text(BULK_ROOTS)
      .meta({ description: 'One line, in Liquid: count is how many. Without it, as 1,204 × order.cancelled.', examples: ['{{ count | number }} orders cancelled'] })
      .optional(),
    body: text(BULK_ROOTS)
      .meta({
        description: 'More of it, in Liquid: rows are the first few, titles what each of them would have said. Without it, those titles.',
        examples: ['{{ rows | map: "customer_name" | join: ", " }}'],
      })
      .optional(),
    link: text(BULK_ROOTS).meta({ description: 'Where a click leads. Without it, nowhere.', examples: ['/orders?status=cancelled'] }).optional(),
  },
  { error: 'a number as 20, or a mapping with over' },
);

/** A number alone stands for `over`. */
export const bulk = z
  .preprocess((value) => (typeof value === 'number' ? { over: value } : value), mapping)
  .meta({
    description: 'More changes than this in one transaction become one notification, which has their count and the first few of them.',
    examples: [20, { over: 20, title: '{{ count | number }} orders cancelled', link: '/orders?status=cancelled' }],
  });

export const BULK_KEYS: readonly string[] = Object.keys(mapping.shape);
