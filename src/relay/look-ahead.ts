import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Decider } from './decider.js';
import type { Decided } from './outcome.js';
import type { Change, Outbox } from './outbox.js';

/** Changes decided between two turns of the event loop: what is being sent goes on being sent, and others have theirs. */
const SLICE = 100;

/**
 * The batch after the one that is being written: read in the same transaction, decided while the server writes, and taken in
 * the next one, if it is still there. Only where a look at the outbox filled up: who is not behind has nothing to read ahead.
 */
export class LookAhead {
  private read: Change[] = [];
  private decided: Decided[] = [];

  constructor(
    private readonly outbox: Outbox,
    private readonly decider: Decider,
  ) {}

  /** Whether there is something to be taken. */
  get isReady(): boolean {
    return this.decided.length > 0;
  }

  /** Reads what comes next, and the rules for it. */
  async readOn(limit: number): Promise<void> {
    this.forget();
    if (!this.outbox.isUnderWay) return;
    this.read = await this.outbox.peek(limit);
    await this.decider.learnRules(this.read);
  }

  /** Decides what was read, or as much of it as there is time for; asks the server nothing. Not to be taken before the end. */
  async decide(): Promise<void> {
    const { read } = this;
    const decided: Decided[] = [];
    this.decider.beginAgain();
    for (let from = 0; from < read.length; from += SLICE) {
      await nextTurn();
      // What was being written meanwhile has failed: it comes first, once more.
      if (read !== this.read) return;
      if (this.decider.decideOn(read.slice(from, from + SLICE), decided)) break;
    }
    this.decided = decided;
  }

  /** What is ready, taken off in the caller's transaction. */
  async take(limit: number): Promise<Decided[]> {
    const { decided, read } = this;
    this.forget();
    const taken = await this.outbox.takePeeked(decided.map(({ change }) => change), decided.length < read.length || read.length === limit);
    return decided.filter(({ change }) => taken.has(change.id));
  }

  /** Its rows may have been taken by another, or not: it is looked for anew. */
  forget(): void {
    this.read = [];
    this.decided = [];
  }
}
