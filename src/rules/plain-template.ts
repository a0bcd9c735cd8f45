import { grouped } from './grouped-number.js';
import { money } from './money.js';
import { printValue } from './print-value.js';

const PATH = '(row|new|old)\\.([A-Za-z_][A-Za-z0-9_]*)';
const ARGUMENT = `${PATH}|"[^"\\\\{}%]*"|'[^'\\\\{}%]*'`;
/** A column, at most one filter of ours, and at most two arguments of it. */
const OUTPUT = new RegExp(`\\{\\{ *${PATH} *(?:\\| *(money|number) *(?:: *(${ARGUMENT}) *(?:, *(${ARGUMENT}) *)?)?)?\\}\\}`, 'g');
const COLUMN = new RegExp(`^${PATH}$`);
/** Names that Liquid answers itself where the row has no such column. */
const ANSWERED = new Set(['size', 'first', 'last']);
/** What makes text Liquid's. */
const MARKUP = /\{([{%]|$)/;

type Scope = Partial<Record<string, unknown>>;
type Read = (scope: Scope) => unknown;

const FILTERS: Readonly<Record<string, (value: unknown, first?: unknown, second?: unknown) => string>> = { money, number: grouped };

/**
 * Most templates are text with columns in it, amounts and numbers among them. Those are joined without Liquid, to the same text and
 * ten times as fast: rendering is a good part of what the relay does per change. Undefined for any other template.
 */
export function plainTemplate(text: string): ((scope: object) => string) | undefined {
  const parts: { before: string; print: (scope: Scope) => string }[] = [];
  let end = 0;
  for (const found of text.matchAll(OUTPUT)) {
    const [output, root = '', column = '', filter, first, , , second] = found;
    const before = text.slice(end, found.index);
    const read = columnOf(root, column);
    const args = [first, second].filter((argument) => argument !== undefined).map(argumentOf);
    if (MARKUP.test(before) || !read || args.includes(undefined)) return undefined;
    parts.push({ before, print: filter === undefined ? (scope) => printValue(read(scope)) : filtered(FILTERS[filter], read, args) });
    end = found.index + output.length;
  }
  const rest = text.slice(end);
  if (/\{[{%]/.test(rest)) return undefined;
  return (scope) => {
    let printed = '';
    for (const { before, print } of parts) printed += before + print(scope);
    return printed + rest;
  };
}

function filtered(filter: (typeof FILTERS)[string] | undefined, read: Read, [first, second]: readonly (Read | undefined)[]): (scope: Scope) => string {
  return (scope) => filter?.(read(scope), first?.(scope), second?.(scope)) ?? '';
}

/** Undefined for what only Liquid can answer. */
function argumentOf(text: string): Read | undefined {
  const [, root, column] = COLUMN.exec(text) ?? [];
  if (root !== undefined && column !== undefined) return columnOf(root, column);
  const literal = text.slice(1, -1);
  return () => literal;
}

function columnOf(root: string, column: string): Read | undefined {
  if (ANSWERED.has(column)) return undefined;
  return (scope) => {
    const row = scope[root];
    return typeof row === 'object' && row !== null && Object.hasOwn(row, column) ? (row as Scope)[column] : undefined;
  };
}
