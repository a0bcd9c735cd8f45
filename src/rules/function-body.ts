import type { Captures, CapturedColumn } from './captures.js';
import { bulkCapture, RING } from './bulk-capture.js';
import { compactOf } from './compact-row.js';
import { compared, qualifiedWhen } from './qualified-when.js';
import { keyOf, leftOfKey } from './row-key.js';
import { triggerOperations, type Operation, type Rule } from './rule.js';
import { quoteName, quoteText } from './sql-quoting.js';

/** A function takes at most 100 arguments, and a pair is two. */
const PAIRS_PER_CALL = 50;

/**
 * What runs inside the business's transaction, and must not fail it. Whatever depends on the table's columns is read in
 * an inner block that only reads (a write there would spend a transaction id per row). First in one go: every expression costs
 * a transaction its own, the first time, and what a rule does not watch is to cost the least. What fails there is tried again step
 * by step, and then the slow way, by the names that the row has now:
 *  - a watched column that is gone can't change any more, so only the others count;
 *  - a `when` that fails lets the change through, marked, for there is no telling what it would have said;
 *    the one of `resolve` likewise, as a change that resolves;
 *  - a column that can't be read is missing from what is captured, and the change is marked as drifted.
 * A failed assertion is caught by its name, as `others` leaves it out; a cancelled statement is left to be cancelled.
 *
 * Every name has its schema, operators and types too: not every function has a search_path of its own (trigger-settings.ts), and this runs
 * with its owner's rights. So nothing stands here that looks for an operator by itself: no `in`, `between`, `like`, `is distinct from`.
 */
export function functionBody(rule: Rule, captures: Captures, id: number): string {
  const bulk = bulkCapture(rule, id);
  const begin = `
    if ${compared(`pg_catalog.current_setting('belfry.mute', true)`, '=', `'on'`)} then
      return null;
    end if;${bulk.begin}`;
  // What a bulk keeps of its first rows is read without its rule's columns.
  const read = rule.bulk === null
    ? readColumns(rule, (row) => compactOf(row, captures))
    : `${readKey(rule, (row) => keyOf(row, captures))}${readColumns(rule, (row) => objectOf(row, captures.columns))}`;
  const resolves = rule.resolve ? ', resolves' : '';
  const insertInFull = `insert into belfry.other_changes (rule, operation, key, old, new, capture${resolves})
  values (${id}, ${operationOf(rule)}, belfry_key, belfry_old, belfry_new, belfry_capture${resolves && ', belfry_resolves'})`;
  return `
#variable_conflict use_column
declare
  belfry_key pg_catalog.text;
  belfry_old pg_catalog.jsonb;
  belfry_new pg_catalog.jsonb;
  belfry_capture pg_catalog.text;
  belfry_step pg_catalog.text;
  belfry_ask boolean;             -- whether columns and when are still to be asked
  belfry_slow boolean;            -- whether to read by the names that the row has now
  belfry_slow_key boolean;${rule.resolve ? '\n  belfry_resolves boolean := false;' : ''}${bulk.declarations}
begin
  begin${rule.resolve ? '' : askColumns(rule, captures, 'fast')}${begin}
${rule.resolve ? askResolve(rule, rule.resolve, `${askColumns(rule, captures, 'fast')}${askWhen(rule)}`) : askWhen(rule)}
${bulk.skip === '' ? read : `if not (${bulk.skip}) then${read}\n    end if;`}
  exception when others or assert_failure then
    belfry_ask := true;
    belfry_slow := false;
    belfry_slow_key := false;${begin}
${stepByStep(rule, captures, bulk.skip)}${rule.bulk === null ? `
    ${insertInFull};
    ${RING}
    return null;` : ''}
  end;
  ${rule.bulk === null ? insertRow(rule, id, insertInFull) : bulk.store(insertInFull)}
  ${RING}
  return null;
end
`;
}

/** What was read in one go goes into the narrow table; that a row resolves is not said there. */
function insertRow(rule: Rule, id: number, inFull: string): string {
  const insert = `insert into belfry.captured_rows (rule, operation, old, new)
  values (${id}, ${operationOf(rule)}, belfry_old, belfry_new);`;
  return rule.resolve === null ? insert : `if belfry_resolves then
  ${inFull};
  else
  ${insert}
  end if;`;
}

/** Says what failed, and goes on without it. */
function stepByStep(rule: Rule, captures: Captures, skip: string): string {
  const columns = rule.columns.length === 0 ? '' : `\n        belfry_step := 'columns';${askColumns(rule, captures, 'either')}`;
  const when = rule.when === null ? '' : `\n        belfry_step := 'when';${askWhen(rule)}`;
  const asked = `${columns}${when}`;
  return `
  loop
    begin
      if belfry_ask then${rule.resolve ? `\n        belfry_step := 'resolve';${askResolve(rule, rule.resolve, asked)}` : asked}
        belfry_ask := false;
      end if;${skip === '' ? '' : `\n      exit when ${skip};`}
      belfry_step := 'key';
      if belfry_slow_key then${readKey(rule, (row) => leftOfKey(row, captures))}
      else${readKey(rule, (row) => keyOf(row, captures))}
      end if;
      belfry_step := 'read';
      if belfry_slow then${readColumns(rule, (row) => leftOf(row, captures.columns))}
      else${readColumns(rule, (row) => objectOf(row, captures.columns))}
      end if;
      exit;
    exception when others or assert_failure then
      if ${isStep('when')} then
        belfry_capture := 'when: ' operator(pg_catalog.||) sqlerrm;
        belfry_ask := false;${rule.resolve ? RESOLVE_FAILED : ''}
      else
        belfry_capture := coalesce(belfry_capture, 'drift: ' operator(pg_catalog.||) sqlerrm);
        if ${isStep('key')} and not belfry_slow_key then
          belfry_slow_key := true;
        else
          exit when belfry_slow;
          belfry_slow := true;
        end if;
      end if;
    end;
  end loop;`;
}

/** What the outbox's `operation` says. */
function operationOf(rule: Rule): string {
  const [first = '', ...more] = triggerOperations(rule);
  return more.length === 0 ? quoteText(first) : 'pg_catalog.lower(tg_op)';
}

function isStep(step: string): string {
  return compared('belfry_step', '=', quoteText(step));
}

function isOperation(...operations: readonly Operation[]): string {
  return operations.map((operation) => compared('tg_op', '=', quoteText(operation.toUpperCase()))).join(' or ');
}

const RESOLVE_FAILED = `
      elsif ${isStep('resolve')} then
        belfry_capture := 'resolve: ' operator(pg_catalog.||) sqlerrm;
        belfry_resolves := true;
        belfry_ask := false;`;

/** What resolves does not ring, so only what does not is asked the rest. */
function askResolve({ on }: Rule, { on: resolvingOn, when }: NonNullable<Rule['resolve']>, rest: string): string {
  const ways = [
    ...(resolvingOn.includes('delete') ? [isOperation('delete')] : []),
    ...(resolvingOn.includes('update') ? [`case when ${isOperation('update')} then (\n${when ?? 'true'}\n        ) is true else false end`] : []),
  ];
  return `
        belfry_resolves := ${ways.join(' or ')};
        if not belfry_resolves then
        if not (${isOperation(...on)}) then
          return null;
        end if;${rest}
        end if;`;
}

/** Lets go what changes no watched column; `either`: by the names that the row has now, where it has come to that. */
function askColumns(rule: Rule, captures: Captures, way: 'fast' | 'either'): string {
  const { columns } = rule;
  if (columns.length === 0) return '';
  const comparable = new Set(captures.columns.filter((column) => column.comparable).map(({ name }) => name));
  const fast = columns.map((name): RowSql => (row) => `${row}.${quoteName(name)}${comparable.has(name) ? '' : '::pg_catalog.text'}`);
  const slow = columns.map((name): RowSql => (row) => `pg_catalog.to_jsonb(${row}) operator(pg_catalog.->) ${quoteText(name)}`);
  const test = way === 'fast' ? unlessSame(fast) : `\n        if belfry_slow then${unlessSame(slow)}\n        else${unlessSame(fast)}\n        end if;`;
  return triggerOperations(rule).length === 1 ? test : `\n        if ${isOperation('update')} then${test}\n        end if;`;
}

// Where nothing is null, as mostly, the shorter expression has said it: it costs half of what the one that knows about null does.
function unlessSame(values: readonly RowSql[]): string {
  const equal = values.map((value) => compared(`(${value('new')})`, '=', `(${value('old')})`));
  const same = values.map((value, nth) => `(${equal[nth] ?? ''} or (${value('new')}) is null and (${value('old')}) is null)`);
  return [equal, same].map((tests) => `
        if ${tests.join(' and ')} then
          return null;
        end if;`).join('');
}

// The expression stands on lines of its own: a comment at its end must not swallow what follows.
function askWhen({ when }: Rule): string {
  if (when === null) return '';
  return `
        if (
${qualifiedWhen(when) ?? when}
        ) is not true then
          return null;
        end if;`;
}

type RowSql = (row: 'old' | 'new') => string;

/** A step of its own: should the columns fail, the key is known at least, and is the same text as ever. */
function readKey(rule: Rule, key: RowSql): string {
  return during(rule, ['insert', 'update'], `belfry_key := ${key('new')};`) + during(rule, ['delete'], `belfry_key := ${key('old')};`);
}

/** A row that the operation does not have stays null. */
function readColumns(rule: Rule, columns: RowSql): string {
  return during(rule, ['update', 'delete'], `belfry_old := ${columns('old')};`) + during(rule, ['insert', 'update'], `belfry_new := ${columns('new')};`);
}

function during(rule: Rule, operations: readonly Operation[], statement: string): string {
  const on = triggerOperations(rule);
  const possible = on.filter((operation) => operations.includes(operation));
  if (possible.length === 0) return '';
  if (possible.length === on.length) return `\n        ${statement}`;
  return `
        if ${isOperation(...possible)} then
          ${statement}
        end if;`;
}

function leftOf(row: string, columns: readonly CapturedColumn[]): string {
  const names = `array[${columns.map(({ name }) => quoteText(name)).join(', ')}]::pg_catalog.text[]`;
  return `(select pg_catalog.jsonb_object_agg(key, value) from pg_catalog.jsonb_each(pg_catalog.to_jsonb(${row})) where key operator(pg_catalog.=) any (${names}))`;
}

/** The columns of a row as one jsonb object, in SQL. */
export function objectOf(row: string, columns: readonly CapturedColumn[]): string {
  const pairs = columns.map(({ name }) => `${quoteText(name)}, ${row}.${quoteName(name)}`);
  const calls: string[] = [];
  for (let from = 0; from < Math.max(pairs.length, 1); from += PAIRS_PER_CALL) {
    calls.push(`pg_catalog.jsonb_build_object(${pairs.slice(from, from + PAIRS_PER_CALL).join(', ')})`);
  }
  return calls.join(' operator(pg_catalog.||) ');
}
