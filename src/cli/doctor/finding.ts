import type pg from 'pg';
import type { Context, Target } from '../context.js';

/** What the doctor says of one thing. */
export interface Finding {
  /** What was looked at, in a word or two. */
  check: string;
  /** `warn`: it works, and may not for long. `error`: something does not work. */
  state: 'ok' | 'warn' | 'error';
  found: string;
  /** What to do; null where nothing is to be done. */
  advice: string | null;
}

/** What the checks have to look at. */
export interface Examination {
  context: Context;
  target: Target;
  /** Straight to PostgreSQL. */
  client: pg.Client;
}

export type Check = (examination: Examination) => Promise<Finding[]>;

export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found, advice: null });
export const warn = (check: string, found: string, advice: string): Finding => ({ check, state: 'warn', found, advice });
export const error = (check: string, found: string, advice: string): Finding => ({ check, state: 'error', found, advice });
