import type { Change } from './items.js';

/** Asks the server in the order in which the admin did it, where the same is meant: of two requests on their way the later may come first. */
export class InTurn {
  private readonly underWay = new Set<{ change: Change; answered: Promise<unknown> }>();

  /** What others are under way about does not wait. */
  async ask(change: Change, ask: () => Promise<unknown>): Promise<void> {
    const earlier = [...this.underWay].filter((other) => areOfOne(other.change, change)).map(({ answered }) => answered);
    const asked = earlier.length === 0 ? ask() : Promise.all(earlier).then(ask);
    const one = { change, answered: asked.catch(() => undefined) };
    this.underWay.add(one);
    try {
      await asked;
    } finally {
      this.underWay.delete(one);
    }
  }
}

function areOfOne(a: Change, b: Change): boolean {
  return a.upTo !== undefined || b.upTo !== undefined || a.ids?.some((id) => b.ids?.includes(id)) === true;
}
