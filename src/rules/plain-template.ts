import { printValue } from './print-value.js';

const OUTPUT = /\{\{ *(row|new|old)\.([A-Za-z_][A-Za-z0-9_]*) *\}\}/g;
/** Names that Liquid answers itself where the row has no such column. */
const ANSWERED = new Set(['size', 'first', 'last']);

type Scope = Partial<Record<string, unknown>>;

/**
 * Most templates are text with columns in it. Those are joined without Liquid, to the same text and ten times as fast:
 * rendering is a good part of what the relay does per change. Undefined for any other template.
 */
export function plainTemplate(text: string): ((scope: object) => string) | undefined {
  const parts: ((scope: Scope) => string)[] = [];
  let end = 0;
  for (const found of text.matchAll(OUTPUT)) {
    const [output, root = '', column = ''] = found;
    if (ANSWERED.has(column)) return undefined;
    const before = text.slice(end, found.index);
    if (/\{([{%]|$)/.test(before)) return undefined;
    parts.push(() => before, (scope) => printValue(read(scope[root], column)));
    end = found.index + output.length;
  }
  const rest = text.slice(end);
  if (/\{[{%]/.test(rest)) return undefined;
  parts.push(() => rest);
  return (scope) => parts.map((part) => part(scope as Scope)).join('');
}

function read(row: unknown, column: string): unknown {
  return typeof row === 'object' && row !== null && Object.hasOwn(row, column) ? (row as Scope)[column] : undefined;
}
