import { parseTemplate, type TemplateUse } from './liquid.js';
import type { RuleSource, YamlPath } from './rule-source.js';
import type { RuleProblem } from './rules-error.js';

/** What only several fields of a rule, or several rules, show together. The rules may be wrong in other ways. */
export function crossProblems(source: RuleSource): RuleProblem[] {
  const rules: unknown = (source.document.toJS() as { rules?: unknown } | null)?.rules;
  const firstWith = new Map<unknown, number>();
  return (Array.isArray(rules) ? (rules as unknown[]) : []).flatMap((entry, index) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const fields = entry as Fields;
    return [
      ...repeatedItems(source, index, fields),
      ...repeatedTopic(source, index, fields, firstWith),
      ...columnsWithoutUpdate(source, index, fields),
      ...emptyRow(source, index, fields),
      ...unclearResolution(source, index, fields),
      ...unclearBulk(source, index, fields),
    ];
  });
}

type Fields = Record<string, unknown>;

function repeatedItems(source: RuleSource, index: number, fields: Fields): RuleProblem[] {
  return ['on', 'columns', 'audience'].flatMap((field) => {
    const items: unknown = fields[field];
    if (!Array.isArray(items)) return [];
    return (items as unknown[]).flatMap((item, at) =>
      typeof item === 'string' && items.indexOf(item) !== at
        ? [source.problem(['rules', index, field, at], `${field}: found ${item} a second time, expected each once`)]
        : [],
    );
  });
}

function repeatedTopic(
  source: RuleSource,
  index: number,
  { topic }: Fields,
  firstWith: Map<unknown, number>,
): RuleProblem[] {
  if (typeof topic !== 'string') return [];
  const first = firstWith.get(topic);
  if (first === undefined) {
    firstWith.set(topic, index);
    return [];
  }
  const { line } = source.problem(['rules', first, 'topic'], '');
  const message = `topic: found ${topic} a second time, expected each topic once; the first is in line ${line ?? 1}`;
  return [source.problem(['rules', index, 'topic'], message)];
}

function columnsWithoutUpdate(source: RuleSource, index: number, fields: Fields): RuleProblem[] {
  const on = [fields.on].flat();
  if (fields.columns === undefined || fields.on === undefined || on.includes('update')) return [];
  const message = `columns: found on: ${on.join(', ')}, expected update among them: only an update changes columns`;
  return [source.problem(['rules', index, 'columns'], message)];
}

/** A delete can't ring and resolve at once, and a digest is of many rows: which of them resolves it needs a key. */
function unclearResolution(source: RuleSource, index: number, { on, resolve, digest, key }: Fields): RuleProblem[] {
  if (typeof resolve !== 'object' || resolve === null) return [];
  const problems: RuleProblem[] = [];
  if ([on].flat().includes('delete') && [(resolve as Fields).on].flat().includes('delete')) {
    problems.push(source.problem(['rules', index, 'resolve', 'on'], 'resolve: found delete, which already rings by on, expected it in one of them'));
  }
  if (digest !== undefined && key === undefined) {
    problems.push(source.problem(['rules', index, 'resolve'], 'resolve: found digest without key, expected key too: it says which changes one notification is of'));
  }
  return problems;
}

/** Of what goes to some for one row and to others for the next there is no one notification, unless the bulk says for whom. */
function unclearBulk(source: RuleSource, index: number, fields: Fields): RuleProblem[] {
  const { bulk } = fields;
  if (bulk === undefined) return [];
  const own = typeof bulk === 'object' && bulk !== null ? (bulk as Fields) : {};
  return ['audience', 'severity'].flatMap((field) => {
    const uses = own[field] === undefined ? [fields[field]].flat().flatMap(usesOf) : [];
    const use = uses.find(({ path }) => path[0] !== 'topic' && path[0] !== 'count');
    if (!use) return [];
    const message = `bulk: found the ${field} {{ ${use.path.join('.')} }}, which depends on the row, expected ${field} in bulk as well: one notification is of many rows`;
    return [source.problem(['rules', index, 'bulk'], message)];
  });
}

/** A template that speaks of a row that none of the rule's operations has would always print nothing. */
function emptyRow(source: RuleSource, index: number, fields: Fields): RuleProblem[] {
  const on = [fields.on].flat();
  const only = (operation: string): boolean => on.every((item) => item === operation);
  const [operation, empty] = only('insert') ? ['insert', 'old'] : only('delete') ? ['delete', 'new'] : [];
  if (empty === undefined) return [];
  return ['audience', 'severity', 'title', 'body', 'link', 'key'].flatMap((field) => {
    const value = fields[field];
    return [value].flat().flatMap((text, item) => {
      const path: YamlPath = ['rules', index, field, ...(Array.isArray(value) ? [item] : [])];
      return usesOf(text)
        .filter((use) => use.path[0] === empty)
        .map((use) => {
          const message = `${field}: found {{ ${use.path.join('.')} }}, but ${operation} has no ${empty} row`;
          return source.problem(path, message, use.offset);
        });
    });
  });
}

function usesOf(text: unknown): readonly TemplateUse[] {
  try {
    return typeof text === 'string' ? parseTemplate(text).uses : [];
  } catch {
    return []; // A template that does not parse is told by its own check.
  }
}
