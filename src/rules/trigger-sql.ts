import type { Captures } from './captures.js';
import { functionBody } from './function-body.js';
import { triggerOperations, type Rule, type TableName } from './rule.js';
import { dollarQuote, quoteName, quoteTable } from './sql-quoting.js';
import { functionSettings } from './trigger-settings.js';

/** The rule's trigger function, quoted. Its prefix keeps a topic from meeting another function of the schema. */
export function functionName(topic: string): string {
  return `belfry.${quoteName(`rule:${topic}`)}`;
}

/** The rule's trigger; unquoted, as `pg_trigger.tgname` has it. */
export function triggerName(topic: string): string {
  return `belfry:${topic}`;
}

/**
 * Creates the rule's trigger, on its table or one that inherits from it. It depends on no column, so every column can be altered or dropped: that is why the
 * rule's `columns` and `when` stand in the function, and not in `UPDATE OF` and `WHEN`.
 */
export function triggerSql(rule: Rule, table: TableName): string {
  const { topic } = rule;
  return `create trigger ${quoteName(triggerName(topic))} after ${triggerOperations(rule).join(' or ')} on ${quoteTable(table)}
  for each row execute function ${functionName(topic)}()`;
}

/** Creates or replaces the rule's trigger function, which captures as version `id` of the rule. */
export function functionSql(rule: Rule, captures: Captures, id: number): string {
  return `create or replace function ${functionName(rule.topic)}() returns trigger
  language plpgsql security definer ${functionSettings(rule, captures)}
as ${dollarQuote(functionBody(rule, captures, id))}`;
}
