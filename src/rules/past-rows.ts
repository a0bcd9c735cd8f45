import type pg from 'pg';
import { isDataFault, sqlState } from '../database/server.js';
import type { FittingRule } from './check-rules.js';
import { objectOf } from './function-body.js';
import { keyOf } from './row-key.js';
import { quoteName, quoteTable } from './sql-quoting.js';

/** Which rows of a table to take for what a rule would have seen. */
export interface PastOptions {
  /** Rows created since then; with `column` null all rows are looked at. */
  since: Date;
  /** At most so many rows, the newest ones where it is known when they were created. */
  limit: number;
}

/** A row as the rule's trigger would have captured it when it was inserted. */
export interface PastRow {
  key: string | null;
  /** JSON text, so that no number loses a digit. */
  new: string;
}

/** What a look at the rows that are there has found. */
export interface Past {
  /** The column that says when a row was created; null: the table has none that is known by its name. */
  column: string | null;
  /** Rows looked at. */
  rows: number;
  /** Whether there are more than the limit. */
  more: boolean;
  /** Those that the rule's `when` lets through, oldest first where that is known. */
  matched: PastRow[];
  /** Why `when` failed, and for how many rows. */
  failures: Map<string, number>;
}

/** Names under which tables keep when a row was created, the likeliest first. Compared without case and underscores. */
const CREATED = ['createdat', 'created', 'createdon', 'creationdate', 'createddate', 'createdate', 'datecreated', 'createtime', 'creationtime', 'insertedat', 'addedat', 'dateadded', 'occurredat', 'submittedat', 'placedat', 'timestamp'];

/** Rows whose `when` is asked in one statement. */
const CHUNK = 500;

/** The column that says when a row of the table was created, by its name and type. */
export function createdColumn({ columns }: FittingRule['table']): string | null {
  const timed = columns.filter(({ type }) => /^(timestamp|date)/.test(type));
  const plain = (name: string): string => name.toLowerCase().replaceAll('_', '');
  for (const wanted of CREATED) {
    const found = timed.find(({ name }) => plain(name) === wanted);
    if (found) return found.name;
  }
  return null;
}

/**
 * The rows that are there, as an insert rule would have captured them. Inside a read-only transaction of the caller's, with
 * one snapshot for all of it: rows are named by their place in the table.
 */
export async function pastRows(client: pg.ClientBase, fitting: FittingRule, { since, limit }: PastOptions): Promise<Past> {
  const { table } = fitting;
  const column = createdColumn(table);
  const order = column === null ? '' : `where ${quoteName(column)} >= $2::timestamptz order by ${quoteName(column)} desc`;
  const { rows } = await client.query<{ table: string; place: string }>(
    `select tableoid::int8::text as table, ctid::text as place from ${quoteTable(table)} ${order} limit $1`,
    column === null ? [limit + 1] : [limit + 1, since],
  );
  const more = rows.length > limit;
  const places = rows.slice(0, limit).reverse();
  const past: Past = { column, rows: places.length, more, matched: [], failures: new Map() };
  for (let from = 0; from < places.length; from += CHUNK) await look(client, fitting, places.slice(from, from + CHUNK), past);
  return past;
}

/** Takes a chunk; where `when` fails for a row of it, its halves, until the row stands alone. */
async function look(client: pg.ClientBase, fitting: FittingRule, places: readonly Place[], past: Past): Promise<void> {
  await client.query('savepoint belfry_look');
  try {
    past.matched.push(...(await matching(client, fitting, places)));
    await client.query('release belfry_look');
  } catch (error) {
    await client.query('rollback to belfry_look');
    // Of the row's own: the trigger would let it through, marked as failed.
    if (!isDataFault(error) && !(sqlState(error) ?? '').startsWith('P0')) throw error;
    const half = Math.ceil(places.length / 2);
    if (places.length > 1) {
      await look(client, fitting, places.slice(0, half), past);
      await look(client, fitting, places.slice(half), past);
      return;
    }
    const { message } = error as Error;
    past.failures.set(message, (past.failures.get(message) ?? 0) + 1);
  }
}

interface Place {
  table: string;
  place: string;
}

/** Under the trigger's settings, with `old` a row of nulls, as an insert has it. */
async function matching(client: pg.ClientBase, { placed, table, captures }: FittingRule, places: readonly Place[]): Promise<PastRow[]> {
  const name = quoteTable(table);
  const { rows } = await client.query<PastRow>(
    `select ${keyOf('new', captures)} as key, (${objectOf('new', captures.columns)})::text as new
       from unnest($1::int8[], $2::tid[]) with ordinality as belfry_place (belfry_table, belfry_ctid, belfry_at)
       join ${name} as new on new.ctid = belfry_ctid and new.tableoid = belfry_table::oid
       left join ${name} as old on false
      where case when (
${placed.rule.when ?? 'true'}
      ) then true else false end
      order by belfry_at`,
    [places.map(({ table: oid }) => oid), places.map(({ place }) => place)],
  );
  return rows;
}
