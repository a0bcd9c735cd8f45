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

/** What can settle a row's notifications. */
export const RESOLVING_OPERATIONS = ['update', 'delete'] as const;

/** When a row needs nobody any more. */
export const resolution = z.object({
  on: z.array(z.enum(RESOLVING_OPERATIONS)),
  /** A boolean SQL expression over `new` and `old`, asked of updates. */
  when: z.string().nullable(),
});

/** What keeps a notification from being escalated. */
export const UNLESS = ['claimed'] as const;

/** Whom it goes to as well, where nobody has taken it on for so long. */
export const escalation = z.object({
  /** Seconds from when it first rang. */
  after: z.number(),
  unless: z.enum(UNLESS),
  /** Channels; Liquid is allowed in them. */
  to: z.array(z.string()),
});

/** From how many changes of one transaction on there is one notification for all of them, and what it says. */
export const bulkDefinition = z.object({
  /** More changes than this. */
  over: z.number(),
  /** Liquid over `BULK_ROOTS`. Null: for audience and severity the rule's, for title and body one of our making. */
  audience: z.array(z.string()).nullable(),
  severity: z.string().nullable(),
  title: z.string().nullable(),
  body: z.string().nullable(),
  link: z.string().nullable(),
});
export type Bulk = z.infer<typeof bulkDefinition>;

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
  // Rules applied by an earlier version have none of these.
  /** Liquid. What renders to the same key is one notification, as long as that is open. */
  key: z.string().nullable().default(null),
  resolve: resolution.nullable().default(null),
  /** Seconds after which its notifications resolve themselves. */
  expire: z.number().nullable().default(null),
  /** Seconds from the first during which its changes become one notification. */
  digest: z.number().nullable().default(null),
  bulk: bulkDefinition.nullable().default(null),
  escalate: escalation.nullable().default(null),
});
export type Rule = z.infer<typeof ruleDefinition>;

/** What its trigger fires for: what rings, and what resolves. */
export function triggerOperations({ on, resolve }: Rule): Operation[] {
  return OPERATIONS.filter((operation) => on.includes(operation) || resolve?.on.some((resolving) => resolving === operation));
}

/** A table as people write it: `orders` in schema public without its schema would be ambiguous, so always both. */
export function showTable({ schema, name }: TableName): string {
  return `${schema}.${name}`;
}
