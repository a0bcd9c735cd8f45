/** What is compared: a column, a string without a backslash, a number, a truth value. */
const OPERAND = String.raw`(?:(?:new|old)\s*\.\s*(?:[a-z_]\w*|"[^"]+")|'(?:[^'\\]|'')*'|\d+(?:\.\d+)?|(?:true|false)\b)`;

const COMPARISON = new RegExp(String.raw`(${OPERAND})\s*(<>|!=|<=|>=|=|<|>)(?![=<>!+\-*/%])\s*(${OPERAND})`, 'iy');
const ONE_OF = new RegExp(String.raw`(${OPERAND})\s+(not\s+)?in\s*\(\s*(${OPERAND}(?:\s*,\s*${OPERAND})*)\s*\)`, 'iy');
const NULL_TEST = new RegExp(String.raw`${OPERAND}\s+is\s+(?:not\s+)?null\b`, 'iy');
const JOINT = /\s+|[()]|(?:and|or|not)\b/iy;

/**
 * A `when` of nothing but comparisons, with the operators named by their schema, so that it says the same under every search_path.
 * Undefined where it is made of anything else.
 */
export function qualifiedWhen(when: string): string | undefined {
  let qualified = '';
  for (let at = 0; at < when.length;) {
    const match = (pattern: RegExp): RegExpExecArray | null => {
      pattern.lastIndex = at;
      return pattern.exec(when);
    };
    const comparison = match(COMPARISON);
    const oneOf = comparison ? null : match(ONE_OF);
    const other = comparison ?? oneOf ?? match(NULL_TEST) ?? match(JOINT);
    if (!other) return undefined;
    if (comparison) qualified += compared(comparison[1] ?? '', comparison[2] ?? '', comparison[3] ?? '');
    else if (oneOf) qualified += amongThem(oneOf[1] ?? '', oneOf[2] !== undefined, oneOf[3] ?? '');
    else qualified += other[0];
    at += other[0].length;
  }
  return qualified;
}

/** Two values compared by an operator of PostgreSQL's own. */
export function compared(left: string, operator: string, right: string): string {
  return `${left} operator(pg_catalog.${operator === '!=' ? '<>' : operator}) ${right}`;
}

function amongThem(operand: string, isNot: boolean, list: string): string {
  const members = [...list.matchAll(new RegExp(OPERAND, 'gi'))].map(([member]) => compared(operand, '=', member));
  return `${isNot ? 'not ' : ''}(${members.join(' or ')})`;
}
