import type pg from 'pg';
import type { Captures, CapturedColumn } from './captures.js';

/** A test that waits for the relay. */
export interface SentTest {
  /** The change's id. */
  change: string;
  /** The transaction that sent it; its notification names it too. */
  transaction: string;
}

/** Stands for a value that nobody has looked up: a test shows no row of the table, as whoever gets it may not see it. */
const PLACEHOLDERS: [pattern: RegExp, value: unknown][] = [
  [/\[\]$/, []],
  [/^(smallint|integer|bigint|numeric|real|double precision|money)$/, 1],
  [/^boolean$/, true],
  [/^(json|jsonb)$/, {}],
  [/^uuid$/, '00000000-0000-0000-0000-000000000000'],
  [/^date$/, '2026-01-31'],
  [/^timestamp/, '2026-01-31T12:00:00+00:00'],
];

/**
 * Puts a made-up change under the rule in force into the outbox, for these channels alone. It goes the whole way that a
 * row's change goes, and is marked as a test. Undefined when no rule of that topic is in force.
 */
export async function sendTest(client: pg.ClientBase | pg.Pool, topic: string, channels: readonly string[]): Promise<SentTest | undefined> {
  const { rows: rules } = await client.query<{ id: number; operation: string; captures: Captures }>(
    `select id, definition -> 'on' ->> 0 as operation, captures from belfry.rules where topic = $1 and retired_at is null`,
    [topic],
  );
  const [rule] = rules;
  if (!rule) return undefined;
  const row = JSON.stringify(Object.fromEntries((rule.captures.columns).map((column) => [column.name, placeholderOf(column)])));
  const { rows } = await client.query<SentTest>(
    `with sent as (
       insert into belfry.changes (rule, operation, old, new, test_for)
       values ($1, $2, case when $2 <> 'insert' then $3::jsonb end, case when $2 <> 'delete' then $3::jsonb end, $4)
       returning id::text as change, transaction::text
     )
     select sent.*, belfry.ring() from sent`,
    [rule.id, rule.operation, row, channels],
  );
  return rows[0] && { change: rows[0].change, transaction: rows[0].transaction };
}

function placeholderOf({ name, type }: CapturedColumn): unknown {
  const found = PLACEHOLDERS.find(([pattern]) => pattern.test(type));
  return found ? found[1] : name.replaceAll('_', ' ');
}
