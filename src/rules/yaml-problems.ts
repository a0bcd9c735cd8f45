import { isAlias, isMap, isScalar, visit, type Node, type YAMLMap } from 'yaml';
import type { RuleSource } from './rule-source.js';
import type { RuleProblem } from './rules-error.js';

/** What YAML allows and a rules file does not; `readable`: whether the rest can be checked all the same. */
export function yamlProblems(source: RuleSource): { problems: RuleProblem[]; readable: boolean } {
  const { errors, directives } = source.document;
  const fatal = errors.map(({ code, message, pos }) =>
    source.problemAt(pos[0], code === 'MULTIPLE_DOCS' ? 'found a second document, expected one' : parseMessage(source, message, pos[0])),
  );
  // There the key `on` is the boolean true, and `<<` takes in another mapping.
  if (directives.yaml.version !== '1.2') {
    fatal.push(source.problemAt(0, `found %YAML ${directives.yaml.version}, expected 1.2: take that line out`));
  }
  let problems: RuleProblem[] = [];
  visit(source.document, {
    Node: (_key, node) => {
      const at = (message: string): RuleProblem => source.problemAt(node.range?.[0] ?? 0, message);
      if (isAlias(node) || node.anchor) fatal.push(at('found an anchor or alias, expected the value itself: write it out'));
      else if (node.tag !== undefined) fatal.push(at(`found the tag ${node.tag.replace('tag:yaml.org,2002:', '!!')}, expected the value without it`));
      if (isMap(node)) problems = problems.concat(repeatedKeys(source, node));
      if (isScalar(node) && typeof node.value === 'string' && /\0|\p{Surrogate}/u.test(node.value)) {
        fatal.push(at('found the character NUL or half of a surrogate pair, expected text that PostgreSQL can hold'));
      }
    },
  });
  return { problems: [...fatal, ...problems], readable: fatal.length === 0 };
}

/** Ours rather than the parser's, which compares each key with each. A key given twice leaves the rest readable. */
function repeatedKeys(source: RuleSource, { items }: YAMLMap): RuleProblem[] {
  const seen = new Set<unknown>();
  return items.flatMap(({ key }) => {
    const name = isScalar(key) ? key.value : undefined;
    if (name === undefined || !seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [source.problemAt((key as Node).range?.[0] ?? 0, `found the key ${JSON.stringify(name)} a second time, expected each once`)];
  });
}

function parseMessage({ text }: RuleSource, message: string, at: number): string {
  if (/call stack/i.test(message)) return 'the YAML does not parse: it is nested too deeply';
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1).split('\n', 1)[0] ?? '';
  return `the YAML does not parse: ${message}${/:\s+\{[{%]/.test(line) ? '; a template must stand in quotes' : ''}`;
}
