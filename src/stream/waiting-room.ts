import { isSchemaMissing } from '../database/missing-schema.js';
import { isDatabaseUnavailable } from '../ops/database-unavailable.js';

/** How often one of those who wait tries whether the database answers again. Unit: ms. */
const TRIED_EVERY_MS = 250;

interface Waiting {
  isOpen: () => boolean;
  go: () => void;
}

/**
 * Where streams wait whose questions the database does not answer. They try one after the other, and once one was answered all go on: ten
 * thousand that tried each by itself would keep a process busy with failing.
 */
export class WaitingRoom {
  private waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** Resolves when it is time to ask again. Who is not open any more by then is forgotten, and never hears of it. */
  async turn(isOpen: () => boolean): Promise<void> {
    this.timer ??= setInterval(() => this.letOneTry(), TRIED_EVERY_MS);
    await new Promise<void>((resolve) => this.waiting.push({ isOpen, go: resolve }));
  }

  /** One of those who tried was answered. */
  answered(): void {
    for (const { go } of this.waiting.splice(0)) go();
    this.close();
  }

  /** Nobody tries any more. */
  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.waiting = [];
  }

  private letOneTry(): void {
    const next = this.waiting.findIndex(({ isOpen }) => isOpen());
    const [one] = next < 0 ? [] : this.waiting.splice(0, next + 1).slice(-1);
    if (one) one.go();
    else this.close();
  }
}

/** Whether what failed may be answered in a moment: the database, or the schema in it, is away. */
export function isNotNow(error: unknown): boolean {
  return isDatabaseUnavailable(error) || isSchemaMissing(error) || (error instanceof Error && isSchemaMissing(error.cause));
}
