import type { CapturedColumn, Captures } from './captures.js';
import { qualifiedWhen } from './qualified-when.js';
import type { Rule } from './rule.js';

/** A setting that a trigger function has while it runs: as `pg_proc.proconfig` spells it, and as SQL. */
interface Setting {
  name: string;
  value: string;
  kept: string;
}

const SEARCH_PATH: Setting = { name: 'search_path', value: 'pg_catalog, pg_temp', kept: 'pg_catalog, pg_temp' };

/** What is captured, and what `when` says, must not hang on the session that writes. */
const OUTPUT: readonly Setting[] = [
  // Of a timestamptz as text, as in a range or a key, and of every `::date` in a `when`.
  { name: 'TimeZone', value: `'UTC'`, kept: 'UTC' },
  { name: 'DateStyle', value: `'ISO, MDY'`, kept: 'ISO, MDY' },
  { name: 'IntervalStyle', value: `'postgres'`, kept: 'postgres' },
  { name: 'bytea_output', value: `'hex'`, kept: 'hex' },
  { name: 'extra_float_digits', value: `'1'`, kept: '1' },
  // How the backslashes of a `when` are read.
  { name: 'standard_conforming_strings', value: `'on'`, kept: 'on' },
];

/** Types whose text no setting changes. What is not known, as a domain, is not among them. */
const SAME_EVERYWHERE = /^(smallint|integer|bigint|numeric|text|character varying|character|name|boolean|uuid|json|jsonb|oid)(\(\d+(,\d+)?\))?$/;

/** What a `when` may be made of to say the same under all settings, given that its columns do: no function, no cast, no backslash. */
const PLAIN_TOKEN =
  /\s+|\b(?:new|old)\s*\.\s*(?:[a-z_]\w*|"[^"]+")|'(?:[^'\\]|'')*'|\d+(?:\.\d+)?|[=<>!+\-*/%(),]|(?:and|or|not|in|is|null|true|false|distinct|from|between|like|ilike)\b/iy;

function isPlainWhen(when: string): boolean {
  const token = new RegExp(PLAIN_TOKEN);
  while (token.lastIndex < when.length) if (!token.test(when)) return false;
  return true;
}

/**
 * The settings of a rule's trigger function, those that can make a difference to it: they cost 1 to 4 µs at every row of the table,
 * captured or not. Where its every name has its schema, none can.
 */
function settingsOf(rule: Rule, { columns, asked }: Captures): readonly Setting[] {
  const isSame = ({ type }: CapturedColumn): boolean => SAME_EVERYWHERE.test(type);
  const isPlain = [...columns, ...asked].every(isSame) && [rule.when, rule.resolve?.when].every((when) => isPlainWhen(when ?? ''));
  if (!isPlain) return [SEARCH_PATH, ...OUTPUT];
  const isQualified = rule.bulk === null && rule.resolve === null && qualifiedWhen(rule.when ?? '') !== undefined;
  return isQualified ? [] : [SEARCH_PATH];
}

/** The clauses of `create function`. */
export function functionSettings(rule: Rule, captures: Captures): string {
  return settingsOf(rule, captures).map(({ name, value }) => `set ${name} = ${value}`).join(' ');
}

/** Whether a function with this `pg_proc.proconfig` has what it needs and nothing foreign; an earlier version set more than it needs. */
export function hasItsSettings(rule: Rule, captures: Captures, config: readonly string[]): boolean {
  const kept = ({ name, kept }: Setting): string => `${name}=${kept}`;
  const known = new Set([SEARCH_PATH, ...OUTPUT].map(kept));
  return config.every((setting) => known.has(setting)) && settingsOf(rule, captures).every((setting) => config.includes(kept(setting)));
}

/** All of them, for what is left of a transaction. */
export const LOCAL_SETTINGS = [SEARCH_PATH, ...OUTPUT].map(({ name, value }) => `set local ${name} = ${value}`).join('; ');
