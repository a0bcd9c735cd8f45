import type pg from 'pg';
import type { Captures } from './captures.js';
import { readTables, type Table } from './catalog.js';
import { fires, readInstalled, type InstalledRule } from './installed.js';
import { ruleDefinition, showTable, type Rule } from './rule.js';
import { triggerName } from './trigger-sql.js';

/** The rules in force that no longer fit their tables, by topic: null for those that fit. Reads the catalog only. */
export async function findDrift(client: pg.ClientBase | pg.Pool): Promise<Map<string, string | null>> {
  const { rows } = await client.query<{ topic: string; definition: unknown }>(
    'select topic, definition from belfry.rules where retired_at is null',
  );
  const rules = rows.map(({ definition }) => ruleDefinition.parse(definition));
  const tables = await readTables(client, rules.map(({ table }) => table));
  const installed = new Map((await readInstalled(client)).map((entry) => [entry.topic, entry]));
  return new Map(
    rules.map((rule) => {
      const entry = installed.get(rule.topic);
      return [rule.topic, entry ? driftOf(rule, entry, tables.get(showTable(rule.table))) : null];
    }),
  );
}

/** Notes in `belfry.rules.drift` what no longer fits. @returns the topics that drifted, each with why */
export async function checkDrift(client: pg.ClientBase | pg.Pool): Promise<Map<string, string>> {
  const found = await findDrift(client);
  await client.query(
    `update belfry.rules r
        set drift = found.drift
       from (select topic, drift from unnest($1::text[], $2::text[]) as found (topic, drift)) found
      where r.retired_at is null and r.topic = found.topic and r.drift is distinct from found.drift`,
    [[...found.keys()], [...found.values()]],
  );
  return new Map([...found].filter((entry): entry is [string, string] => entry[1] !== null));
}

/** What about the table, the triggers or the columns no longer fits the rule; null while all do. */
export function driftOf(rule: Rule, installed: InstalledRule, table: Table | undefined): string | null {
  const { captures, triggers } = installed;
  if (!table) {
    const elsewhere = triggers.find(({ copy }) => !copy)?.on;
    return `table ${showTable(rule.table)} is gone or renamed${elsewhere === undefined ? '' : `: its trigger is on ${elsewhere} now`}`;
  }
  const found = [...columnDrift(captures ?? { columns: [], asked: [], key: [] }, table), ...triggerDrift(rule, installed, table)];
  return found.length === 0 ? null : found.join('; ');
}

function triggerDrift(rule: Rule, { body, triggers }: InstalledRule, table: Table): string[] {
  const name = `trigger "${triggerName(rule.topic)}"`;
  const at = (on: string): string => (on === showTable(table) ? '' : ` on ${on}`);
  const wanted = [table, ...table.heirs];
  const missing = wanted.filter(({ oid }) => !triggers.some((trigger) => trigger.table === oid));
  const stray = triggers.filter((trigger) => !trigger.copy && !wanted.some(({ oid }) => oid === trigger.table));
  return [
    ...missing.map((each) => `${name} is missing${at(showTable(each))}`),
    ...triggers.filter((trigger) => !fires(trigger)).map(({ on }) => `${name} is disabled${at(on)}`),
    ...stray.map(({ on }) => `${name} is still on ${on}`),
    ...(body === null && triggers.length > 0 ? [`the function of ${name} was altered`] : []),
  ];
}

function columnDrift({ columns, asked }: Captures, table: Table): string[] {
  const used = new Map([...columns, ...asked].map((column) => [column.name, column.type]));
  return [...used].flatMap(([name, type]) => {
    const now = table.columns.find((column) => column.name === name);
    if (!now) return [`column ${name} is gone or renamed`];
    return now.type === type ? [] : [`column ${name} is ${now.type}, was ${type}`];
  });
}
