import { parseExact } from '../rules/exact-number.js';
import type { Outcome } from './batch.js';
import type { Change } from './outbox.js';
import type { CompiledRule, RenderableChange } from './render.js';

/** What Belfry itself has done to its notifications: the key is the id. */
const RESOLVED = 'resolved';
const PURGED = 'purged';
/** How a trigger says that a column was gone and it took the whole row instead. */
const DRIFT = 'drift:';

/**
 * What becomes of a change: rendered under the rule that captured it, or parked with the reason. Never throws: one change
 * that can't be rendered must not hold up the next.
 */
export function decide(change: Change, ruleOf: (id: number) => CompiledRule | undefined): Outcome {
  if (change.receipt) return { kind: 'receipt' };
  const id = /^\d{1,18}$/.test(change.key ?? '') ? BigInt(change.key ?? '') : undefined;
  if (change.rule === null && change.operation === RESOLVED && id !== undefined) return { kind: 'update', notification: id };
  if (change.rule === null && change.operation === PURGED && id !== undefined) return { kind: 'purge', upTo: id };
  const drift = change.capture?.startsWith(DRIFT) ? change.capture : null;
  if (change.capture !== null && (drift === null || (change.old === null && change.new === null))) {
    return { kind: 'failed', reason: change.capture };
  }
  const rule = change.rule === null ? undefined : ruleOf(change.rule);
  if (!rule) return { kind: 'failed', reason: `rule ${change.rule ?? 'null'} is not in belfry.rules: restore its row, then retry` };
  try {
    const rows = { operation: change.operation as RenderableChange['operation'], key: change.key, old: row(change.old), new: row(change.new) };
    if (change.test_for) return { kind: 'notification', rendered: rule.renderTest(rows, change.test_for), drift };
    const rendered = rule.render(rows);
    return rendered.channels.length === 0 ? { kind: 'nobody' } : { kind: 'notification', rendered, drift };
  } catch (error) {
    return { kind: 'failed', reason: (error as Error).message };
  }
}

function row(json: string | null): Record<string, unknown> | null {
  return json === null ? null : (parseExact(json) as Record<string, unknown>);
}
