/**
 * What the trigger function sets while it runs: what is captured, and what `when` says, must not hang on the session that
 * writes. Names as `pg_proc.proconfig` spells them, values as SQL. Together they cost 1 to 3 µs a row.
 */
const SETTINGS: readonly [name: string, value: string, kept?: string][] = [
  ['search_path', 'pg_catalog, pg_temp'],
  // Of a timestamptz as text, as in a range or a key, and of every `::date` in a `when`.
  ['TimeZone', `'UTC'`, 'UTC'],
  ['DateStyle', `'ISO, MDY'`, 'ISO, MDY'],
  ['IntervalStyle', `'postgres'`, 'postgres'],
  ['bytea_output', `'hex'`, 'hex'],
  ['extra_float_digits', `'1'`, '1'],
  // How the backslashes of a `when` are read.
  ['standard_conforming_strings', `'on'`, 'on'],
];

/** The clauses of `create function`. */
export const FUNCTION_SETTINGS = SETTINGS.map(([name, value]) => `set ${name} = ${value}`).join(' ');

/** The same for what is left of a transaction. */
export const LOCAL_SETTINGS = SETTINGS.map(([name, value]) => `set local ${name} = ${value}`).join('; ');

/** `pg_proc.proconfig` of a function that has them. */
export const KEPT_SETTINGS: readonly string[] = SETTINGS.map(([name, value, kept = value]) => `${name}=${kept}`);
