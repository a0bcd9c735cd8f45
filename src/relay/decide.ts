import { parseExact } from '../rules/exact-number.js';
import { PUBLISH, RESOLVE } from '../publish/content.js';
import { showTable } from '../rules/rule.js';
import type { Outcome } from './outcome.js';
import type { Change } from './outbox.js';
import { published, taken } from './publication.js';
import type { CompiledRule } from './render.js';
import type { BulkChange } from './render-bulk.js';
import type { RenderableChange } from './render-parts.js';

/** What Belfry itself has done to its notifications: the key is the id. */
const RELEASED = 'released';
const REVISED: ReadonlySet<string> = new Set(['resolved', 'claimed', RELEASED]);
const OWN = 'own';
const ESCALATED = 'escalated';
const PURGED = 'purged';
/** How a trigger says that a column was gone and it took the whole row instead. */
const DRIFT = 'drift:';

/**
 * What becomes of a change: rendered under the rule that captured it, or parked with the reason. Never throws: one change
 * that can't be rendered must not hold up the next.
 */
export function decide(change: Change, ruleOf: (id: number) => CompiledRule | undefined): Outcome {
  if (change.receipt || change.rule === null) {
    const own = ownChange(change);
    if (own) return own;
  }
  const drift = change.capture?.startsWith(DRIFT) ? change.capture : null;
  if (change.capture !== null && (drift === null || (change.old === null && change.new === null && change.bulk_first === null))) {
    return { kind: 'failed', reason: change.capture };
  }
  const compiled = change.rule === null ? undefined : ruleOf(change.rule);
  if (!compiled) return { kind: 'failed', reason: `rule ${change.rule ?? 'null'} is not in belfry.rules: restore its row, then retry` };
  try {
    const renderable = { operation: change.operation as RenderableChange['operation'], key: change.key, old: row(change.old), new: row(change.new) };
    const once = { expire: null, digest: null, resolvable: false };
    if (change.test_for) {
      const rendered = compiled.renderTest(renderable, change.test_for);
      return { kind: 'notification', rendered, again: () => rendered, rule: once, drift, count: 1 };
    }
    if (change.bulk_rows !== null) return bulkOf(compiled, change, drift);
    if (change.resolves) return resolution(compiled, renderable);
    const rendered = compiled.render(renderable);
    if (rendered.channels.length === 0) return { kind: 'nobody' };
    const { expire, digest, resolve, key } = compiled.rule;
    // With a key they are found by that.
    const rule = { expire, digest, resolvable: resolve !== null && key === null };
    return { kind: 'notification', rendered, again: (tally) => compiled.renderAgain(renderable, tally), rule, drift, count: 1 };
  } catch (error) {
    return { kind: 'failed', reason: (error as Error).message };
  }
}

/** What an admin, Belfry itself or code has done, which no rule captured. */
function ownChange({ receipt, rule, operation, key, new: content }: Change): Outcome | undefined {
  const id = /^\d{1,18}$/.test(key ?? '') ? BigInt(key ?? '') : undefined;
  if (receipt && operation === OWN && id !== undefined) return { kind: 'own', notification: id, user: receipt.user, surfaces: receipt.surfaces === true };
  if (receipt) return { kind: 'receipt' };
  if (rule !== null) return undefined;
  if (REVISED.has(operation) && id !== undefined) return { kind: 'update', notification: id, reopens: operation === RELEASED };
  if (operation === ESCALATED && id !== undefined) return { kind: 'escalate', notification: id };
  if (operation === PURGED && id !== undefined) return { kind: 'purge', upTo: id };
  if (operation === PUBLISH && content !== null) return published(content);
  if (operation === RESOLVE && content !== null) return taken(content);
  return undefined;
}

/** Many changes of a transaction. Where nobody counted them there are more than the rule's number, that much is sure. */
function bulkOf({ rule, bulk }: CompiledRule, change: Change, drift: string | null): Outcome {
  if (!bulk) return { kind: 'failed', reason: `rule "${rule.topic}" has no bulk any more, and this is of ${change.bulk_rows ?? 'many'} rows: give it one, then retry` };
  const first = parseExact(change.bulk_first ?? '[]') as BulkChange['first'];
  const all = { count: Math.max(Number(change.bulk_rows), bulk.over + 1), first };
  const rendered = bulk.render(all);
  if (rendered.channels.length === 0) return { kind: 'nobody' };
  const times = { expire: rule.expire, digest: rule.digest, resolvable: false };
  return { kind: 'notification', rendered, again: (tally) => bulk.renderAgain(all, tally), rule: times, drift, count: all.count };
}

function resolution(compiled: CompiledRule, change: RenderableChange): Outcome {
  const { rule } = compiled;
  const by = rule.key === null ? 'row' : 'key';
  const key = by === 'row' ? change.key : compiled.keyOf(change);
  return key === null ? { kind: 'nobody' } : { kind: 'resolve', topic: rule.topic, table: showTable(rule.table), by, key };
}

function row(json: string | null): Record<string, unknown> | null {
  return json === null ? null : (parseExact(json) as Record<string, unknown>);
}
