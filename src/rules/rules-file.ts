import { relative } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { crossProblems } from './cross-checks.js';
import { issueProblems } from './schema-issues.js';
import { rulesFileSchema } from './rule-schema.js';
import { RuleSource, type YamlPath } from './rule-source.js';
import { parseDuration } from './duration.js';
import { type Bulk, RESOLVING_OPERATIONS, type Rule } from './rule.js';
import { inFileOrder, RulesError, type RuleProblem } from './rules-error.js';
import { readRulesText } from './rules-text.js';
import { parseTableName } from './table-name.js';
import { yamlProblems } from './yaml-problems.js';

/** A checked rule and its place in the file, for what only the database can find wrong. */
export interface PlacedRule {
  readonly rule: Rule;
  problem(field: keyof Rule, message: string, options?: { index?: number | string | YamlPath; offset?: number }): RuleProblem;
}

/** Reads and checks a rules file. Throws `RulesError` with every mistake in it. */
export async function readRulesFile(path: string): Promise<PlacedRule[]> {
  const near = relative(process.cwd(), path);
  const file = near === '' || near.startsWith('..') ? path : near;
  const text = await readRulesText(path);
  if (typeof text !== 'string') throw new RulesError([{ file, rule: null, ...text }]);
  return parseRules(text, file);
}

/** Checks the text of a rules file; `file` is what messages call it. Throws `RulesError` with every mistake. */
export function parseRules(text: string, file = 'belfry.yaml'): PlacedRule[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error', uniqueKeys: false });
  const source = new RuleSource(file, text, document, lines);
  // After most of them the rest would be guesswork.
  const { problems: found, readable } = yamlProblems(source);
  const parsed = readable ? rulesFileSchema.safeParse(document.toJS() as unknown) : undefined;
  const invalid = parsed?.error?.issues.flatMap((issue) => issueProblems(source, issue)) ?? [];
  const problems = [...found, ...invalid, ...(parsed ? crossProblems(source) : [])];
  if (problems.length > 0 || !parsed?.data) throw new RulesError(inFileOrder(problems));
  return parsed.data.rules.map((entry, index) => ({
    rule: toRule(entry),
    problem: (field, message, { index: item, offset } = {}) => {
      const path = ['rules', index, field, ...[item ?? []].flat()];
      return source.problem(path, message, offset);
    },
  }));
}

type RuleEntry = z.infer<typeof rulesFileSchema>['rules'][number];

function toRule(entry: RuleEntry): Rule {
  const { topic, on, columns = [], when = null, audience, severity, title, body = null, link = null, key = null, expire, digest } = entry;
  const seconds = (text: string | undefined): number | null => parseDuration(text ?? '') ?? null;
  const resolvingOn = RESOLVING_OPERATIONS.filter((operation) => operation === 'update' || !on.includes(operation));
  const resolve = entry.resolve ? { on: entry.resolve.on ?? resolvingOn, when: entry.resolve.when ?? null } : null;
  const table = parseTableName(entry.table) ?? { schema: '', name: '' };
  const escalate = entry.escalate ? { ...entry.escalate, after: seconds(entry.escalate.after) ?? 0 } : null;
  return {
    topic, table, on, columns, when, audience, severity, title, body, link, key, resolve, expire: seconds(expire), digest: seconds(digest),
    bulk: entry.bulk ? toBulk(entry.bulk) : null, escalate,
  };
}

function toBulk({ over, audience, severity, title, body, link }: NonNullable<RuleEntry['bulk']>): Bulk {
  return { over, audience: audience ?? null, severity: severity ?? null, title: title ?? null, body: body ?? null, link: link ?? null };
}
