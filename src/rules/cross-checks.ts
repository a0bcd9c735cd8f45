import { parseDuration, showDuration } from './duration.js';
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
      ...unclearEscalation(source, index, fields),
    ];
  });
}

type Fields = Record<string, unknown>;

/** These fields of a rule and where they stand, and whom it is escalated to. */
function placed(fields: Fields, names: readonly string[]): [YamlPath, unknown][] {
  return [...names.map((name): [YamlPath, unknown] => [[name], fields[name]]), [ESCALATED_TO, escalatedTo(fields)]];
}

function repeatedItems(source: RuleSource, index: number, fields: Fields): RuleProblem[] {
  return placed(fields, ['on', 'columns', 'audience']).flatMap(([path, items]) => {
    if (!Array.isArray(items)) return [];
    return (items as unknown[]).flatMap((item, at) =>
      typeof item === 'string' && items.indexOf(item) !== at
        ? [source.problem(['rules', index, ...path, at], `${path.join('.')}: found ${item} a second time, expected each once`)]
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

/** Whom a bulk is escalated to can't depend on a row, as its audience can't; what has expired by then is never escalated. */
function unclearEscalation(source: RuleSource, index: number, fields: Fields): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const found = [escalatedTo(fields)].flat().map((text) => usesOf(text).find(({ path }) => path[0] !== 'topic' && path[0] !== 'count'));
  for (const [at, use] of found.entries()) {
    if (fields.bulk === undefined || !use) continue;
    const message = `escalate: found {{ ${use.path.join('.')} }}, which depends on the row, expected channels that do not, or no bulk: one notification is of many rows`;
    problems.push(source.problem(['rules', index, ...ESCALATED_TO, at], message, use.offset));
  }
  const [after, expire] = [secondsOf((fields.escalate as Fields | null | undefined)?.after), secondsOf(fields.expire)];
  // What rings again expires later.
  if (after !== undefined && expire !== undefined && after >= expire && fields.key === undefined && fields.digest === undefined) {
    const message = `escalate: found after ${showDuration(after)}, when it has expired (${showDuration(expire)}), expected a shorter time`;
    problems.push(source.problem(['rules', index, 'escalate', 'after'], message));
  }
  return problems;
}

const ESCALATED_TO: YamlPath = ['escalate', 'to'];

function escalatedTo({ escalate }: Fields): unknown {
  return typeof escalate === 'object' && escalate !== null ? (escalate as Fields).to : undefined;
}

function secondsOf(duration: unknown): number | undefined {
  return typeof duration === 'string' ? parseDuration(duration) : undefined;
}

/** A template that speaks of a row that none of the rule's operations has would always print nothing. */
function emptyRow(source: RuleSource, index: number, fields: Fields): RuleProblem[] {
  const on = [fields.on].flat();
  const only = (operation: string): boolean => on.every((item) => item === operation);
  const [operation, empty] = only('insert') ? ['insert', 'old'] : only('delete') ? ['delete', 'new'] : [];
  if (empty === undefined) return [];
  return placed(fields, ['audience', 'severity', 'title', 'body', 'link', 'key']).flatMap(([place, value]) => {
    const field = place.join('.');
    return [value].flat().flatMap((text, item) => {
      const path: YamlPath = ['rules', index, ...place, ...(Array.isArray(value) ? [item] : [])];
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
