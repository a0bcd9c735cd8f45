import { readFile, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { isAlias, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { crossProblems } from './cross-checks.js';
import { issueProblems } from './schema-issues.js';
import { rulesFileSchema } from './rule-schema.js';
import { RuleSource } from './rule-source.js';
import { parseDuration } from './duration.js';
import { RESOLVING_OPERATIONS, type Rule } from './rule.js';
import { inFileOrder, RulesError, type RuleProblem } from './rules-error.js';
import { parseTableName } from './table-name.js';

/** Largest rules file, in bytes. */
export const MAX_RULES_FILE = 1_000_000;

/** A checked rule and its place in the file, for what only the database can find wrong. */
export interface PlacedRule {
  readonly rule: Rule;
  problem(field: keyof Rule, message: string, options?: { index?: number | string; offset?: number }): RuleProblem;
}

/** Reads and checks a rules file. Throws `RulesError` with every mistake in it. */
export async function readRulesFile(path: string): Promise<PlacedRule[]> {
  const near = relative(process.cwd(), path);
  const file = near === '' || near.startsWith('..') ? path : near;
  const fail = (message: string): never => {
    throw new RulesError([{ file, line: null, column: null, rule: null, message }]);
  };
  const { size } = await stat(path).catch((error: unknown) => fail(unreadable(error)));
  if (size > MAX_RULES_FILE) fail(`found ${size} bytes, expected at most ${MAX_RULES_FILE}`);
  const bytes = await readFile(path).catch((error: unknown) => fail(unreadable(error)));
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    fail('found bytes that are not UTF-8, expected a text file in UTF-8');
  }
  return parseRules(text, file);
}

/** Checks the text of a rules file; `file` is what messages call it. Throws `RulesError` with every mistake. */
export function parseRules(text: string, file = 'belfry.yaml'): PlacedRule[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const source = new RuleSource(file, text, document, lines);
  const problems = yamlProblems(source);
  // A key given twice leaves the rest readable; after any other such mistake the rest would be guesswork.
  const readable = document.errors.every(({ code }) => code === 'DUPLICATE_KEY') && !problems.some(isAnchorProblem);
  const parsed = readable ? rulesFileSchema.safeParse(document.toJS() as unknown) : undefined;
  if (parsed) {
    problems.push(...(parsed.error?.issues ?? []).flatMap((issue) => issueProblems(source, issue)));
    problems.push(...crossProblems(source));
  }
  if (problems.length > 0 || !parsed?.data) throw new RulesError(inFileOrder(problems));
  return parsed.data.rules.map((entry, index) => ({
    rule: toRule(entry),
    problem: (field, message, { index: item, offset } = {}) => {
      const path = ['rules', index, field, ...(item === undefined ? [] : [item])];
      return source.problem(path, message, offset);
    },
  }));
}

function toRule(entry: z.infer<typeof rulesFileSchema>['rules'][number]): Rule {
  const { topic, on, columns = [], when = null, audience, severity, title, body = null, link = null, key = null, expire, digest } = entry;
  const seconds = (text: string | undefined): number | null => parseDuration(text ?? '') ?? null;
  const resolvingOn = RESOLVING_OPERATIONS.filter((operation) => operation === 'update' || !on.includes(operation));
  const resolve = entry.resolve ? { on: entry.resolve.on ?? resolvingOn, when: entry.resolve.when ?? null } : null;
  const table = parseTableName(entry.table) ?? { schema: '', name: '' };
  return { topic, table, on, columns, when, audience, severity, title, body, link, key, resolve, expire: seconds(expire), digest: seconds(digest) };
}

const ANCHOR = 'found an anchor or alias, expected the value itself: write it out';
const isAnchorProblem = ({ message }: RuleProblem): boolean => message === ANCHOR;

function yamlProblems(source: RuleSource): RuleProblem[] {
  const problems = source.document.errors.map(({ message, pos }) => {
    const line = source.text.slice(source.text.lastIndexOf('\n', pos[0] - 1) + 1).split('\n', 1)[0] ?? '';
    const hint = /:\s+\{[{%]/.test(line) ? '; a template must stand in quotes' : '';
    return source.problemAt(pos[0], `the YAML does not parse: ${message}${hint}`);
  });
  visit(source.document, {
    Node: (_key, node) => {
      if (isAlias(node) || node.anchor) problems.push(source.problemAt(node.range?.[0] ?? 0, ANCHOR));
    },
  });
  return problems;
}

function unreadable(error: unknown): string {
  const code = (error as { code?: string }).code ?? String(error);
  if (code === 'ENOENT') return 'found no such file, expected the rules; BELFRY_CONFIG names another one';
  return `found a file that can't be read (${code}), expected the rules`;
}
