import type pg from 'pg';
import { installedRules } from '../rules/apply.js';
import { decide } from './decide.js';
import type { Change } from './outbox.js';
import type { Decided, Outcome, Ring } from './outcome.js';
import { type CompiledRule, compileRule } from './render.js';
import type { Tally } from './render-parts.js';
import type { Words } from './rendered.js';
import { OVER_BUDGET, RenderBudget } from './render-budget.js';

/** Rendering took so long that what comes from this change on has to be left to the next transaction. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';

  constructor(
    /** All up to there, and more. */
    private readonly decided: readonly Decided[],
    private readonly from: Change,
  ) {
    super('rendering took too long for one transaction');
  }

  /** What comes before: one at least, so that it goes on. */
  get before(): Decided[] {
    const at = this.decided.findIndex(({ change }) => change === this.from);
    return this.decided.slice(0, at < 0 ? undefined : Math.max(1, at));
  }
}

/** Decides what becomes of changes, by rules that it reads as it meets them, and within the time that rules may use. */
export class Decider {
  private readonly rules = new Map<number, CompiledRule>();

  constructor(
    private readonly client: pg.ClientBase,
    private readonly budget: RenderBudget,
  ) {}

  /** @throws OutOfTime */
  async decide(changes: readonly Change[]): Promise<Decided[]> {
    await this.learnRules(changes);
    const decided: Decided[] = [];
    this.budget.begin();
    const left = this.decideOn(changes, decided);
    if (left) throw new OutOfTime(decided, left);
    return decided;
  }

  /**
   * Adds what it has time for to what is decided, by rules that are known.
   *
   * @returns the first that it had no time for
   */
  decideOn(changes: readonly Change[], decided: Decided[]): Change | undefined {
    for (const change of changes) {
      if (decided.length > 0 && this.budget.isOver) return change;
      decided.push({ change, outcome: this.outcomeOf(change, decided) });
    }
    return undefined;
  }

  /** The session has just said something: there is time again. */
  beginAgain(): void {
    this.budget.begin();
  }

  private outcomeOf(change: Change, all: readonly Decided[]): Outcome {
    const outcome = (): Outcome => decide(change, (id) => this.rules.get(id));
    if (change.rule === null) return outcome();
    const decided = this.budget.within(change.rule, outcome) ?? { kind: 'failed', reason: OVER_BUDGET };
    return decided.kind === 'notification' ? { ...decided, again: this.timed(change.rule, decided, change, all) } : decided;
  }

  /** Words are kept, so that it costs nothing to come there again in the next transaction. */
  private timed(rule: number, { again }: Ring, change: Change, all: readonly Decided[]): Ring['again'] {
    let kept: { of: string; words: Words | Error } | undefined;
    return (tally) => {
      const of = JSON.stringify(tally);
      if (kept?.of !== of) {
        if (this.budget.isOver) throw new OutOfTime(all, change);
        kept = { of, words: this.budget.within(rule, () => attempt(again, tally)) ?? new Error(OVER_BUDGET) };
      }
      if (kept.words instanceof Error) throw kept.words;
      return kept.words;
    };
  }

  /** Reads the rules anew when a change was captured by one that is not known yet: it was applied meanwhile. */
  async learnRules(changes: readonly Change[]): Promise<void> {
    if (changes.every(({ rule }) => rule === null || this.rules.has(rule))) return;
    for (const [id, rule] of await installedRules(this.client)) {
      if (!this.rules.has(id)) this.rules.set(id, compileRule(rule));
    }
  }
}

function attempt(again: Ring['again'], tally: Tally): Words | Error {
  try {
    return again(tally);
  } catch (error) {
    return error as Error;
  }
}
