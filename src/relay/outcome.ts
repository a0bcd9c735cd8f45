import type { Rule } from '../rules/rule.js';
import type { Change } from './outbox.js';
import type { Tally } from './render-parts.js';
import type { Rendered, Words } from './rendered.js';

/** What becomes of one change. */
export type Outcome =
  | Ring
  | { kind: 'resolve'; topic: string; table: string; by: 'key' | 'row'; key: string } // the row needs nobody any more
  | { kind: 'receipt' }
  | { kind: 'own'; notification: bigint; user: string; surfaces: boolean } // one admin has it back, on top if it surfaces
  | { kind: 'update'; notification: bigint; reopens: boolean } // it stands otherwise now: tell whom it went to
  | { kind: 'escalate'; notification: bigint } // nobody has taken it on in time
  | { kind: 'purge'; upTo: bigint } // notifications up to this position are gone
  | { kind: 'nobody' } // rendered, but addressed to no one: an assignee that is null
  | { kind: 'failed'; reason: string };

export interface Ring {
  kind: 'notification';
  /** As if it rang for the first time. */
  rendered: Rendered;
  /** The words where it has rung before. Throws what rendering throws. */
  again: (tally: Tally) => Words;
  /** Times in seconds. */
  rule: Pick<Rule, 'expire' | 'digest'> & { resolvable: boolean };
  drift: string | null;
  /** How many changes it is of. */
  count: number;
}

export interface Decided {
  change: Change;
  outcome: Outcome;
}
