import { z } from 'zod';

/** What happened to a row. The order is the one in which names are shown and triggers are created. */
export const OPERATIONS = ['insert', 'update', 'delete'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** How loud the bell is, quietest first. */
export const SEVERITIES = ['info', 'success', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Channels that one notification may go to. */
export const MAX_CHANNELS = 100;

/** A table by its full name, as the catalog spells it (no quotes). */
export const tableName = z.object({ schema: z.string(), name: z.string() });
export type TableName = z.infer<typeof tableName>;

/** One entry of `belfry.yaml`, checked. This is also what `belfry.rules.definition` holds. */
export const ruleDefinition = z.object({
  topic: z.string(),
  table: tableName,
  on: z.array(z.enum(OPERATIONS)),
  /** An update counts only when one of these really changed. Empty: every update counts. */
  columns: z.array(z.string()),
  /** A boolean SQL expression over `new` and `old`. */
  when: z.string().nullable(),
  /** Channels; Liquid is allowed in them. */
  audience: z.array(z.string()),
  /** One of `SEVERITIES`, or Liquid that gives one. */
  severity: z.string(),
  title: z.string(),
  body: z.string().nullable(),
  link: z.string().nullable(),
});
export type Rule = z.infer<typeof ruleDefinition>;

/** A table as people write it: `orders` in schema public without its schema would be ambiguous, so always both. */
export function showTable({ schema, name }: TableName): string {
  return `${schema}.${name}`;
}
