import { isScalar, isSeq } from 'yaml';
import type { z } from 'zod';
import { didYouMean } from '../config/did-you-mean.js';
import { isTemplate } from './liquid.js';
import { BULK_KEYS } from './bulk-schema.js';
import { ESCALATE_KEYS } from './escalation-schema.js';
import { RESOLVE_KEYS, RULE_KEYS } from './rule-schema.js';
import type { RuleSource, YamlPath } from './rule-source.js';
import type { RuleProblem } from './rules-error.js';

/** What the mappings inside a rule have. */
const KEYS_OF = new Map<unknown, readonly string[]>([['resolve', RESOLVE_KEYS], ['bulk', BULK_KEYS], ['escalate', ESCALATE_KEYS]]);

/** Unknown keys of one rule that are told: each is looked for anew. */
const UNKNOWN_KEYS = 50;

/** The problems of one issue that zod found: the schema says what was expected, the source what stands there. */
export function issueProblems(source: RuleSource, issue: z.core.$ZodIssue): RuleProblem[] {
  const path = issue.path as YamlPath;
  if (issue.code === 'unrecognized_keys') {
    const known = path.length === 0 ? ['rules'] : (KEYS_OF.get(path.at(-1)) ?? RULE_KEYS);
    const expected = `expected one of ${known.join(', ')}`;
    return issue.keys.slice(0, UNKNOWN_KEYS).map((key) => source.keyProblem(path, key, `found the key "${key}", ${expected}${didYouMean(key, known)}`));
  }
  const field = fieldOf(path);
  if (issue.code === 'custom' && issue.params?.template) {
    return [source.problem(path, `${field}${issue.message}`, Number(issue.params.offset))];
  }
  return [source.problem(path, `${field}found ${found(source, path)}, expected ${issue.message}`)];
}

/** What a message begins with; of a rule as a whole, nothing: its topic is told anyway. */
function fieldOf(path: YamlPath): string {
  if (path.length === 0) return 'the file: ';
  return path.length === 2 ? '' : `${String(path.findLast((part) => typeof part === 'string'))}: `;
}

function found(source: RuleSource, path: YamlPath): string {
  // `on: insert` is read as a list of one, and `bulk: 20` as a mapping with one key, which have no node of their own.
  const parent = source.nodeAt(path.slice(0, -1));
  const node = source.nodeAt(path) ?? (isScalar(parent) ? parent : undefined);
  const [firstLine = ''] = source.sourceOf(node).split('\n', 1);
  const shown = firstLine.length > 60 ? `${firstLine.slice(0, 59)}…` : firstLine;
  if (!node || (isScalar(node) && node.value === null)) return 'nothing';
  if (isScalar(node)) return typeof node.value === 'string' ? shown : `${shown}, a ${typeof node.value}`;
  if (isTemplate(firstLine)) return `${shown} without quotes`;
  // YAML takes `role: sales` for a mapping.
  if (/^(role|user): /.test(shown)) return `${shown} with a space after the colon`;
  return /^[[{]/.test(shown) ? shown : isSeq(node) ? 'a list' : 'a mapping';
}
