import type { Captures } from './captures.js';
import { quoteName, quoteText } from './sql-quoting.js';

/** Types whose text has neither a comma nor a backslash. */
const PLAIN = /^(smallint|integer|bigint|numeric|uuid|boolean|date|time|timestamp)( |$)/;

/**
 * The primary key of a row as text, in SQL: several columns joined by commas. A comma or backslash inside of one has a
 * backslash before it, so that no two rows have one key. Null where the table has none.
 */
export function keyOf(row: string, captures: Captures): string {
  const types = new Map(captures.columns.map(({ name, type }) => [name, type]));
  return joined(captures.key.map((name) => ({ text: `${row}.${quoteName(name)}::pg_catalog.text`, plain: PLAIN.test(types.get(name) ?? '') })));
}

/** The same of a row that may have lost columns: what is left of its key. */
export function leftOfKey(row: string, { key }: Captures): string {
  return joined(key.map((name) => ({ text: `pg_catalog.to_jsonb(${row}) operator(pg_catalog.->>) ${quoteText(name)}`, plain: false })));
}

function joined(parts: readonly { text: string; plain: boolean }[]): string {
  if (parts.length < 2) return parts[0]?.text ?? 'null';
  return `pg_catalog.concat_ws(',', ${parts.map(({ text, plain }) => (plain ? text : escaped(text))).join(', ')})`;
}

function escaped(text: string): string {
  return `pg_catalog.replace(pg_catalog.replace(${text}, ${quoteText('\\')}, ${quoteText('\\\\')}), ',', ${quoteText('\\,')})`;
}
