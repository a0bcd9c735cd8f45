import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { readInstalled } from './installed.js';
import { ruleDefinition } from './rule.js';
import type { PlacedRule } from './rules-file.js';

/** Whether the rules in force are these and no others: what no longer fits then is the database's doing, not the file's. */
export async function areInForce(client: pg.ClientBase, rules: readonly PlacedRule[]): Promise<boolean> {
  const definitions = (await readInstalled(client)).flatMap(({ definition }) => (definition ? [ruleDefinition.parse(definition)] : []));
  const inForce = new Map(definitions.map((rule) => [rule.topic, rule]));
  return inForce.size === rules.length && rules.every(({ rule }) => isDeepStrictEqual(inForce.get(rule.topic), rule));
}
