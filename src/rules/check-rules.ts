import type pg from 'pg';
import { capturesOf, columnUses, speaksOf, type Captures } from './captures.js';
import { listTables, readTables, type Table } from './catalog.js';
import { checkWhen, type WhenMistake } from './check-when.js';
import { didYouMean } from '../config/did-you-mean.js';
import { showTable } from './rule.js';
import type { RuleProblem } from './rules-error.js';
import type { PlacedRule } from './rules-file.js';

/** A rule and what it is about, as the database has it now. */
export interface FittingRule {
  placed: PlacedRule;
  table: Table;
  captures: Captures;
}

const VIRTUAL = 'a virtual column, which triggers see as null: name the columns that it is generated from, or make it stored';

const REFUSED_KINDS = new Map([
  ['v', 'a view, which has no row triggers: name the table behind it'],
  ['m', 'a materialized view, whose rows nobody writes: name the table behind it'],
  ['f', "a foreign table, whose rows may be written elsewhere: put the rule where the table is"],
  ['S', 'a sequence, expected a table'],
]);

/**
 * Finds the rules' tables and columns. Reads the catalog only, and so waits for nobody.
 *
 * @param toApply whether triggers are to be put on them; else it is asked for no right to do so
 */
export async function fitToTables(
  client: pg.ClientBase,
  rules: readonly PlacedRule[],
  { toApply = true }: { toApply?: boolean } = {},
): Promise<{ fitting: FittingRule[]; problems: RuleProblem[] }> {
  const tables = await readTables(client, rules.map(({ rule }) => rule.table));
  const fitting: FittingRule[] = [];
  const problems: RuleProblem[] = [];
  let names: string[] | undefined;
  for (const placed of rules) {
    const { table: name } = placed.rule;
    const table = tables.get(showTable(name));
    const wrong = table ? wrongTable(table, toApply) : missingTable(name, (names ??= (await listTables(client)).map(showTable)));
    if (table && wrong === undefined) {
      problems.push(...missingColumns(placed, table), ...missingKey(placed, table));
      fitting.push({ placed, table, captures: capturesOf(placed.rule, table) });
    } else {
      problems.push(placed.problem('table', `table: found ${showTable(name)}, ${wrong ?? ''}`));
    }
  }
  return { fitting, problems };
}

function missingTable(name: PlacedRule['rule']['table'], names: readonly string[]): string {
  const elsewhere = names.find((candidate) => candidate.endsWith(`.${name.name}`));
  const hint = elsewhere === undefined ? didYouMean(showTable(name), names) : ` (did you mean "${elsewhere}"?)`;
  return `expected a table that exists${hint}`;
}

function wrongTable(table: Table, toApply: boolean): string | undefined {
  const { kind, heirs } = table;
  const refused = REFUSED_KINDS.get(kind);
  if (refused !== undefined) return `which is ${refused}`;
  const closed = [table, ...heirs].find(({ mayTrigger, mayReach }) => (toApply && !mayTrigger) || !mayReach);
  if (!closed) return undefined;
  const [which, it] = closed === table ? ['', 'it'] : [`from which ${showTable(closed)} inherits, `, 'that'];
  if (!closed.mayReach) return `${which}expected the right to use schema ${closed.schema}: have its owner GRANT USAGE on it to Belfry's role`;
  return `${which}expected the right to put a trigger on ${it}: have its owner GRANT TRIGGER to Belfry's role`;
}

function missingColumns(placed: PlacedRule, table: Table): RuleProblem[] {
  const names = table.columns.map(({ name }) => name);
  return columnUses(placed.rule).flatMap(({ field, index, offset, shown: use, column }) => {
    const place = { offset, ...(index === undefined ? {} : { index }) };
    if (table.columns.some(({ name, virtual }) => virtual && name === column)) {
      return [placed.problem(field, `${field}: found ${use}, ${VIRTUAL}`, place)];
    }
    if (column === undefined || names.includes(column)) return [];
    const expected = `a column of ${showTable(table)}${didYouMean(column, names)}; it has ${listed(names)}`;
    const message = `${field}: found ${use}, expected ${expected}`;
    return [placed.problem(field, message, place)];
  });
}

/** Which notifications are a row's is told by its key. */
function missingKey(placed: PlacedRule, table: Table): RuleProblem[] {
  const { resolve, key } = placed.rule;
  if (!resolve || key !== null || table.key.length > 0) return [];
  return [placed.problem('resolve', `resolve: found no primary key in ${showTable(table)}, expected one, or a key in the rule, to tell rows apart`)];
}

/** Has PostgreSQL parse the rules' expressions. Inside a transaction, which then shares a read lock on their tables. */
export async function checkExpressions(client: pg.ClientBase, rules: readonly FittingRule[]): Promise<RuleProblem[]> {
  const problems: RuleProblem[] = [];
  for (const { placed, table } of rules) {
    const { when, resolve } = placed.rule;
    const places = [{ field: 'when', when }, { field: 'resolve', when: resolve?.when ?? null, index: 'when' }] as const;
    for (const { field, when: asked, ...place } of places) {
      const mistake = asked === null ? undefined : ((await checkWhen(client, table, asked)) ?? virtualIn(asked, table));
      if (!mistake) continue;
      const message = `${field}: PostgreSQL says ${mistake.message}${columnHint(mistake.message, table)}`;
      problems.push(placed.problem(field, message, { ...place, offset: mistake.offset }));
    }
  }
  return problems;
}

/** PostgreSQL takes it, and would find null in it. */
function virtualIn(when: string, { columns }: Table): WhenMistake | undefined {
  const found = columns.find(({ name, virtual }) => virtual && speaksOf(when, name));
  return found && { message: `nothing of ${found.name}, ${VIRTUAL}`, offset: 0 };
}

function columnHint(message: string, table: Table): string {
  const names = table.columns.map(({ name }) => name);
  const missing = /^column (?:new|old)\.(\S+) does not exist/.exec(message)?.[1];
  return missing === undefined ? '' : `${didYouMean(missing, names)}; ${showTable(table)} has ${listed(names)}`;
}

/** A table may have hundreds of columns, and a message is read by somebody. */
function listed(names: readonly string[]): string {
  return names.length > 30 ? `${names.slice(0, 30).join(', ')}, …` : names.join(', ');
}
