import type { TableName } from './rule.js';

/** An identifier, quoted: `"Mixed ""Case"""`. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string constant that means the same whatever `standard_conforming_strings` says. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? `E${quoted}` : quoted;
}

/** A table by its full name, quoted. */
export function quoteTable({ schema, name }: TableName): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/** A body between dollar quotes whose tag does not occur in it. */
export function dollarQuote(body: string): string {
  let tag = '$belfry$';
  for (let n = 1; body.includes(tag); n++) tag = `$belfry${n}$`;
  return `${tag}${body}${tag}`;
}
