import type { Captures } from './captures.js';
import { keyOf } from './row-key.js';
import { quoteName } from './sql-quoting.js';

/** A function takes at most 100 arguments. */
const VALUES_PER_CALL = 100;

/** Types of which a value in JSON is the text that the key is made of. */
const KEY_IN_JSON = /^(smallint|integer|bigint|numeric|uuid|boolean|text|character varying)$/;

/** The columns in the order in which jsonb keeps the keys of an object, so that a row reads the same either way. */
function inOrder(captures: Captures): string[] {
  const bytes = (name: string): Buffer => Buffer.from(name);
  return captures.columns.map(({ name }) => name).sort((a, b) => bytes(a).length - bytes(b).length || Buffer.compare(bytes(a), bytes(b)));
}

/**
 * The captured columns of a row as one jsonb array, in SQL, with its key last where that is not one of them. An object would have their
 * names put in order, written and logged with every row; the version of the rule knows them.
 */
export function compactOf(row: string, captures: Captures): string {
  const values = [...inOrder(captures).map((name) => `${row}.${quoteName(name)}`), ...(keyIsLast(captures) ? [keyOf(row, captures)] : [])];
  const calls: string[] = [];
  for (let from = 0; from < Math.max(values.length, 1); from += VALUES_PER_CALL) {
    calls.push(`pg_catalog.jsonb_build_array(${values.slice(from, from + VALUES_PER_CALL).join(', ')})`);
  }
  return calls.join(' operator(pg_catalog.||) ');
}

/** Whether the key is one of the values of the compact row. */
export function keyIsInside({ columns, key: [column, ...more] }: Captures): boolean {
  return more.length === 0 && columns.some(({ name, type }) => name === column && KEY_IN_JSON.test(type));
}

/** Whether it is no column, and stands after them. */
function keyIsLast(captures: Captures): boolean {
  return captures.key.length > 0 && !keyIsInside(captures);
}

/** Whether this is a compact row; JSON text, as PostgreSQL prints jsonb. */
export function isCompact(json: string | null): json is string {
  return json?.startsWith('[') ?? false;
}

/** Reads the compact rows of one version of a rule. */
export class CompactRows {
  private readonly starts: string[];
  private readonly key: number;
  /** Numbers of values that a row may have: an earlier version has put a key that is no column beside the row. */
  private readonly lengths: readonly number[];

  constructor(captures: Captures) {
    const names = inOrder(captures);
    this.starts = names.map((name, nth) => `${nth === 0 ? '{' : ', '}${JSON.stringify(name)}: `);
    this.key = keyIsLast(captures) ? names.length : names.indexOf(captures.key[0] ?? '');
    this.lengths = keyIsLast(captures) ? [names.length, names.length + 1] : [names.length];
  }

  /**
   * @param json JSON text of the array
   * @returns the row as JSON text of an object, digit for digit, and its key, null where that is not inside
   * @throws where it has another number of values than the rule has columns
   */
  read(json: string): { row: string; key: string | null } {
    const values = elementsOf(json);
    if (!this.lengths.includes(values.length)) throw new Error(`found ${values.length} captured values, expected ${this.lengths.join(' or ')}, as the rule has columns`);
    const row = `${this.starts.map((start, nth) => `${start}${values[nth] ?? ''}`).join('') || '{'}}`;
    const key = values[this.key];
    return { row, key: key === undefined || key === 'null' ? null : key.startsWith('"') ? (JSON.parse(key) as string) : key };
  }
}

/** The elements of an array, each as its JSON text; of an array as PostgreSQL prints it, `[1, "a"]`. */
function elementsOf(json: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let from = 1;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '"') at = endOfString(json, at);
    else if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth--;
    if ((depth === 1 && character === ',') || (depth === 0 && at > from)) {
      elements.push(json.slice(from, at).trim());
      from = at + 1;
    }
  }
  return elements;
}

/** Where the string that begins here has its closing quote. */
function endOfString(json: string, start: number): number {
  for (let at = start; ;) {
    at = json.indexOf('"', at + 1);
    if (at < 0) return json.length;
    let backslashes = 0;
    while (json[at - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return at;
  }
}
