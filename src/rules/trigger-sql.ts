import type { Captures, CapturedColumn } from './captures.js';
import type { Rule } from './rule.js';
import { dollarQuote, quoteName, quoteTable, quoteText } from './sql-quoting.js';

/** A function takes at most 100 arguments, and a pair is two. */
const PAIRS_PER_CALL = 50;

/** The rule's trigger function, quoted. Its prefix keeps a topic from meeting another function of the schema. */
export function functionName(topic: string): string {
  return `belfry.${quoteName(`rule:${topic}`)}`;
}

/** The rule's trigger; unquoted, as `pg_trigger.tgname` has it. */
export function triggerName(topic: string): string {
  return `belfry:${topic}`;
}

/** Creates the rule's trigger. It depends on no column, so every column can be altered or dropped. */
export function triggerSql({ topic, table, on }: Rule): string {
  return `create trigger ${quoteName(triggerName(topic))} after ${on.join(' or ')} on ${quoteTable(table)}
  for each row execute function ${functionName(topic)}()`;
}

/** Creates or replaces the rule's trigger function, which captures as version `id` of the rule. */
export function functionSql(rule: Rule, captures: Captures, id: number): string {
  return `create or replace function ${functionName(rule.topic)}() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as ${dollarQuote(functionBody(rule, captures, id))}`;
}

/**
 * What runs inside the business's transaction, and must not fail it. Whatever depends on the table's columns is read in
 * an inner block that only reads (a write there would spend a transaction id per row). What fails there is tried again
 * the slow way, by the names that the row has now:
 *  - a watched column that is gone can't change any more, so only the others count;
 *  - a `when` that fails lets the change through, marked, for there is no telling what it would have said;
 *  - a column that can't be read is missing from what is captured, and the change is marked as drifted.
 */
export function functionBody(rule: Rule, captures: Captures, id: number): string {
  return `
#variable_conflict use_column
declare
  belfry_key text;
  belfry_old jsonb;
  belfry_new jsonb;
  belfry_capture text;
  belfry_step text;
  belfry_ask boolean := true;     -- whether columns and when are still to be asked
  belfry_slow boolean := false;   -- whether to read by the names that the row has now
  belfry_pass boolean;
begin
  if current_setting('belfry.mute', true) = 'on' then
    return null;
  end if;
  loop
    begin
      if belfry_ask then
${indent(changedTest(rule, captures) + whenTest(rule), 8)}
        belfry_ask := false;
      end if;
      belfry_step := 'read';
      if belfry_slow then
${indent(slowRead(captures), 8)}
      else
${indent(fastRead(rule, captures), 8)}
      end if;
      exit;
    exception when others then
      if belfry_step = 'when' then
        belfry_capture := 'when: ' || sqlerrm;
        belfry_ask := false;
      else
        belfry_capture := coalesce(belfry_capture, 'drift: ' || sqlerrm);
        exit when belfry_slow;
        belfry_slow := true;
      end if;
    end;
  end loop;
  insert into belfry.changes (rule, operation, key, old, new, capture)
  values (${id}, lower(tg_op), belfry_key, belfry_old, belfry_new, belfry_capture);
  perform belfry.ring();
  return null;
end
`;
}

function changedTest({ columns }: Rule, captures: Captures): string {
  if (columns.length === 0) return '';
  const watched = columns.map((name) => captures.columns.find((column) => column.name === name) ?? { name, comparable: false });
  const fast = watched.map(({ name, comparable }) => {
    const cast = comparable ? '' : '::text';
    return `new.${quoteName(name)}${cast} is distinct from old.${quoteName(name)}${cast}`;
  });
  const slow = watched.map(({ name }) => `to_jsonb(new) -> ${quoteText(name)} is distinct from to_jsonb(old) -> ${quoteText(name)}`);
  return `belfry_step := 'columns';
if tg_op = 'UPDATE' then
  if belfry_slow then
    belfry_pass := ${slow.join('\n      or ')};
  else
    belfry_pass := ${fast.join('\n      or ')};
  end if;
  if not belfry_pass then
    return null;
  end if;
end if;
`;
}

// The expression stands on lines of its own: a comment at its end must not swallow what follows.
function whenTest({ when }: Rule): string {
  if (when === null) return '';
  return `belfry_step := 'when';
if (
${when}
) is not true then
  return null;
end if;
`;
}

function fastRead(rule: Rule, captures: Captures): string {
  return bothRows(rule, (row) => ({ key: keyOf(captures.key, (name) => `${row}.${quoteName(name)}::text`), row: objectOf(row, captures.columns) }));
}

function slowRead(captures: Captures): string {
  const names = `array[${captures.columns.map(({ name }) => quoteText(name)).join(', ')}]::text[]`;
  const picked = (row: string): string => `(select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(${row})) where key = any (${names}))`;
  return `if tg_op <> 'INSERT' then
  belfry_old := ${picked('old')};
end if;
if tg_op <> 'DELETE' then
  belfry_new := ${picked('new')};
end if;
belfry_key := coalesce(belfry_key, ${keyOf(captures.key, (name) => `coalesce(belfry_new, belfry_old) ->> ${quoteText(name)}`)});`;
}

function bothRows(rule: Rule, read: (row: 'old' | 'new') => { key: string; row: string }): string {
  const [old, current] = [read('old'), read('new')];
  const lines: string[] = [];
  const unless = (operation: string, statement: string): void => {
    const needed = rule.on.some((item) => item.toUpperCase() === operation);
    lines.push(needed ? `if tg_op <> '${operation}' then\n  ${statement}\nend if;` : statement);
  };
  if (rule.on.some((operation) => operation !== 'insert')) unless('INSERT', `belfry_old := ${old.row};`);
  if (rule.on.some((operation) => operation !== 'delete')) unless('DELETE', `belfry_new := ${current.row};`);
  const key = old.key === 'null' ? 'null' : rule.on.includes('delete')
    ? rule.on.length === 1 ? old.key : `case tg_op when 'DELETE' then ${old.key} else ${current.key} end`
    : current.key;
  // The key first: should the rest fail, it is known at least.
  return [`belfry_key := ${key};`, ...lines].join('\n');
}

function keyOf(names: readonly string[], read: (name: string) => string): string {
  const [first, ...more] = names.map(read);
  if (first === undefined) return 'null';
  return more.length === 0 ? first : `concat_ws(',', ${[first, ...more].join(', ')})`;
}

function objectOf(row: string, columns: readonly CapturedColumn[]): string {
  const pairs = columns.map(({ name }) => `${quoteText(name)}, ${row}.${quoteName(name)}`);
  const calls: string[] = [];
  for (let from = 0; from < Math.max(pairs.length, 1); from += PAIRS_PER_CALL) {
    calls.push(`jsonb_build_object(${pairs.slice(from, from + PAIRS_PER_CALL).join(', ')})`);
  }
  return calls.join(' || ');
}

function indent(text: string, by: number): string {
  // The lines of a `when` stay as they are: they may be inside a string constant.
  return text.trimEnd() === '' ? '' : `${' '.repeat(by)}${text.trimEnd()}`;
}
