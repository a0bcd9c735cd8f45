import { parseExact, stringifyExact } from '../rules/exact-number.js';
import { PUBLISH } from '../publish/content.js';
import type { Change } from './outbox.js';

/** Longest string of a row that is kept beside the notification, in characters: enough to see what changed. */
const LONGEST_KEPT = 1_000;

/**
 * The change as it is shown to an admin who asks why: `{ operation, old, new, transaction, dbRole, application, capturedAt }`,
 * and `bulk: { count, first }` of many at once.
 * Of what code has published the notification itself is the whole content.
 * The rows are JSON as they come, so that most need not be read to be written.
 */
export function whatChanged(change: Change): string {
  const { old, new: now, operation, transaction, application, test_for: test } = change;
  const text = JSON.stringify as (value: string) => string;
  const bulk = change.bulk_rows === null ? '' : `"bulk":{"count":${change.bulk_rows},"first":${keptFirst(change.bulk_first)}},`;
  return `{"old":${kept(old)},"new":${kept(operation === PUBLISH ? null : now)},${bulk}"operation":${text(test ? 'test' : operation)},` +
    `"transaction":${text(transaction)},"dbRole":${text(change.db_role)},"application":${text(application)},"capturedAt":"${change.captured_at.toISOString()}"}`;
}

function kept(json: string | null): string {
  if (json === null || json.length <= LONGEST_KEPT) return json ?? 'null';
  return stringifyExact(keptRow(parseExact(json)));
}

function keptFirst(json: string | null): string {
  const first = parseExact(json ?? '[]') as { old: unknown; new: unknown }[];
  return stringifyExact(first.map((change) => ({ ...change, old: keptRow(change.old), new: keptRow(change.new) })));
}

function keptRow(row: unknown): unknown {
  if (typeof row !== 'object' || row === null) return row;
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, shortened(value)]));
}

function shortened(value: unknown): unknown {
  const text = typeof value === 'string' ? value : stringifyExact(value);
  return text.length > LONGEST_KEPT ? `${text.slice(0, LONGEST_KEPT).replace(/[\uD800-\uDBFF]$/, '')}…` : value;
}
