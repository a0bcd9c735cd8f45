import type pg from 'pg';
import { quoteTable } from './sql-quoting.js';
import type { TableName } from './rule.js';
import { LOCAL_SETTINGS } from './trigger-settings.js';

/** What PostgreSQL says of an expression, and where in it. */
export interface WhenMistake {
  message: string;
  /** UTF-16 units from the expression's start. */
  offset: number;
}

const HINTS: Partial<Record<string, string>> = {
  '42883': '; functions and types outside pg_catalog need their schema',
  '42P01': '; a when has the rows new and old, and other tables by their schema',
};

/**
 * Has PostgreSQL parse a rule's `when`, without running it, the way the trigger will: under the trigger's settings,
 * where `new` and `old` are rows of the table. The single-statement protocol refuses a `;`; the place inside CASE and
 * WHERE refuses aggregates, sets, and parentheses that close too early.
 *
 * Inside a transaction; leaves it usable.
 */
export async function checkWhen(
  client: pg.ClientBase,
  table: TableName,
  when: string,
): Promise<WhenMistake | undefined> {
  const rows = `(select * from ${quoteTable(table)})`;
  const before = `prepare belfry_when as select from ${rows} as new, ${rows} as old where case when (\n`;
  const text = `${before}${when}\n) then true else false end`;
  await client.query('savepoint belfry_when');
  try {
    await client.query(LOCAL_SETTINGS);
    // @types/pg does not know queryMode yet; without it a query that has no values goes by the simple protocol.
    await client.query({ text, queryMode: 'extended' } as pg.QueryConfig);
    const { rowCount } = await client.query(
      `select from pg_prepared_statements where name = 'belfry_when' and cardinality(parameter_types) > 0`,
    );
    await client.query('deallocate belfry_when');
    if (rowCount === 0) return undefined;
    return { message: 'there is no parameter $1: a when has only new and old', offset: when.indexOf('$') };
  } catch (error) {
    const found = error as pg.DatabaseError;
    if (found.position === undefined && !/^(42|22|0A)/.test(found.code ?? '')) throw error;
    const place = charactersToUnits(text, Number(found.position ?? 1) - 1) - before.length;
    const hint = HINTS[found.code ?? ''] ?? '';
    const offset = Math.min(Math.max(place, 0), Math.max(when.length - 1, 0));
    return { message: withoutOurs(found.message) + hint, offset };
  } finally {
    // Takes back the settings as well.
    await client.query('rollback to savepoint belfry_when').catch(() => undefined);
  }
}

function withoutOurs(message: string): string {
  return message
    .replace('argument of CASE/WHEN must be type boolean, not type', 'the expression must be of type boolean, not')
    .replace(' in WHERE', ' in a when')
    .replace(/cannot insert multiple commands .*/, 'there is a ; in it, and it must be a single expression');
}

/** PostgreSQL counts characters, JavaScript UTF-16 units. */
function charactersToUnits(text: string, characters: number): number {
  return Array.from(text).slice(0, characters).join('').length;
}
