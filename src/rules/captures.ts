import type { Column, Table } from './catalog.js';
import { parseTemplate, type TemplateUse } from './liquid.js';
import type { Rule } from './rule.js';

export type CapturedColumn = Pick<Column, 'name' | 'type' | 'comparable'>;

/** What a rule's trigger reads, as it was when the rule was applied. Kept beside the rule, to tell when it drifted. */
export interface Captures {
  columns: CapturedColumn[];
  /** The columns that `when`, or that of `resolve`, seems to speak of. They are not captured, but the rule drifts when they change. */
  asked: CapturedColumn[];
  key: string[];
}

/** A place in a rule that speaks of a column. */
export interface ColumnUse {
  field: 'columns' | 'audience' | 'severity' | 'title' | 'body' | 'link' | 'key' | 'bulk' | 'escalate';
  index?: number | string | readonly (number | string)[];
  offset: number;
  shown: string;
  /** Undefined: the whole row, or a column that only rendering will tell. */
  column: string | undefined;
}

/** Every place of a rule that speaks of a column. */
export function columnUses(rule: Rule): ColumnUse[] {
  const ofTemplate = (field: ColumnUse['field'], text: string | null, index?: ColumnUse['index']): ColumnUse[] =>
    parseTemplate(text ?? '').uses.filter(isOfRow).map(({ path, offset }) => ({
      field,
      ...(index === undefined ? {} : { index }),
      offset,
      shown: `{{ ${path.map((part) => part ?? '…').join('.')} }}`,
      column: typeof path[1] === 'string' ? path[1] : undefined,
    }));
  return [
    ...rule.columns.map((column, index) => ({ field: 'columns' as const, index, offset: 0, shown: column, column })),
    ...rule.audience.flatMap((channel, index) => ofTemplate('audience', channel, index)),
    ...ofTemplate('severity', rule.severity),
    ...ofTemplate('title', rule.title),
    ...ofTemplate('body', rule.body),
    ...ofTemplate('link', rule.link),
    ...ofTemplate('key', rule.key),
    ...(rule.escalate?.to ?? []).flatMap((channel, index) => ofTemplate('escalate', channel, ['to', index])),
    ...BULK_TEXTS.flatMap((text) => usesOfRows(text, rule.bulk?.[text] ?? '')),
  ];
}

const BULK_TEXTS = ['title', 'body', 'link'] as const;

/** What is looked for in `rows` by a filter or a loop only rendering will tell. */
function usesOfRows(index: string, text: string): ColumnUse[] {
  return parseTemplate(text).uses.flatMap(({ path, offset }) => {
    const [root, which, column] = path;
    if (root !== 'rows' || which === 'size') return [];
    const known = typeof column === 'string' && (typeof which === 'number' || which === 'first' || which === 'last');
    return [{ field: 'bulk', index, offset, shown: `{{ ${path.map((part) => part ?? '…').join('.')} }}`, column: known ? column : undefined }];
  });
}

/**
 * The columns that a rule captures: those it names and the primary key, in the table's order. A template that takes the
 * whole row gets every column but the binary ones, which nobody prints and which may be large, and those that a trigger can't see.
 */
export function capturesOf(rule: Rule, table: Pick<Table, 'columns' | 'key'>): Captures {
  const uses = columnUses(rule);
  const named = new Set([...uses.map(({ column }) => column), ...table.key]);
  const whole = uses.some(({ column }) => column === undefined);
  const taken = table.columns.filter(({ name, type, virtual }) => named.has(name) || (whole && type !== 'bytea' && !virtual));
  const asked = table.columns.filter(({ name }) => speaksOf(`${rule.when ?? ''}\n${rule.resolve?.when ?? ''}`, name));
  return { columns: taken.map(pick), asked: asked.map(pick), key: table.key };
}

function pick({ name, type, comparable }: Column): CapturedColumn {
  return { name, type, comparable };
}

/** By its letters alone: PostgreSQL keeps no list of what an expression in a function's body depends on. */
export function speaksOf(when: string, column: string): boolean {
  const escaped = column.replaceAll('"', '""').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`\\b(?:new|old)\\s*\\.\\s*(?:${escaped}(?![\\w$])|"${escaped}")`, 'i').test(when);
}

function isOfRow({ path }: TemplateUse): boolean {
  return path[0] === 'row' || path[0] === 'old' || path[0] === 'new';
}
