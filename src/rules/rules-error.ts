/** One mistake: where it stands, in which rule, what was found and what was expected. */
export interface RuleProblem {
  file: string;
  /** From 1. Null when the mistake has no place: the file itself can't be read. */
  line: number | null;
  column: number | null;
  /** The rule's topic, or `#3` for the third rule when its topic is missing. Null: outside any rule. */
  rule: string | null;
  message: string;
}

/** Mistakes that the message tells; whoever mends these finds the others. */
const SHOWN = 100;

/** All mistakes of a rules file, against its own grammar or against the database, in the file's order. */
export class RulesError extends Error {
  override readonly name = 'RulesError';

  constructor(readonly problems: readonly RuleProblem[]) {
    const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
    const shown = problems.slice(0, SHOWN).map((problem) => `  ${showProblem(problem)}`);
    if (problems.length > SHOWN) shown.push(`  and ${problems.length - SHOWN} more`);
    super(`${count} in the rules:\n${shown.join('\n')}`);
  }
}

/** `belfry.yaml:12:5 rule "order.created": found …, expected …` */
export function showProblem({ file, line, column, rule, message }: RuleProblem): string {
  const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
  const owner = rule === null ? '' : rule.startsWith('#') ? ` rule ${rule}` : ` rule "${rule}"`;
  return `${place}${owner}: ${message}`;
}

/** Problems in the order of their places, so that the output does not depend on the order of the checks. */
export function inFileOrder(problems: readonly RuleProblem[]): RuleProblem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
