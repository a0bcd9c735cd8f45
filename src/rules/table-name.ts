import type { TableName } from './rule.js';

const PART = '(?:[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*|"(?:[^"\\0]|"")+")';
const NAME = new RegExp(`^\\s*(?:(${PART})\\s*\\.\\s*)?(${PART})\\s*$`, 'u');

/**
 * Reads a table's name as SQL would: unquoted parts are folded to lower case, `"Odd Schema"."Mixed Case"` is kept, and
 * a name without a schema is in `public`. Undefined when it is no such name.
 */
export function parseTableName(text: string): TableName | undefined {
  const found = NAME.exec(text);
  if (!found?.[2]) return undefined;
  return { schema: found[1] ? unquote(found[1]) : 'public', name: unquote(found[2]) };
}

function unquote(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase();
}
