import { readFile } from 'node:fs/promises';
import type { Figure } from './figures.js';

/** What a ratio was when it was recorded, and how far it may fall behind that: noise is in it, a lost mechanism is not. */
export interface Bound {
  seen: number;
  atLeast?: number;
  atMost?: number;
}

/** By bench, by figure. */
export type Bounds = Record<string, Record<string, Bound>>;

/** What else the machine does makes a ratio worse, hardly ever better: so the best of so many counts. */
export const TRIES = 3;

export async function readBounds(path = 'bench/bounds.json'): Promise<Bounds> {
  return JSON.parse(await readFile(path, 'utf8')) as Bounds;
}

/** The better of two ratios; of one that was not measured there is nothing. */
export function better(bound: Bound, one: number | null | undefined, other: number | null | undefined): number | undefined {
  const known = [one, other].filter((ratio) => typeof ratio === 'number' && Number.isFinite(ratio)) as number[];
  if (known.length === 0) return undefined;
  return bound.atMost === undefined ? Math.max(...known) : Math.min(...known);
}

export function holds({ atLeast = -Infinity, atMost = Infinity }: Bound, ratio: number | undefined): boolean {
  return ratio !== undefined && ratio >= atLeast && ratio <= atMost;
}

/** Measures a bench until all its bounds hold, or the tries are used up. @returns the best ratio of each figure */
export async function best(bounds: Record<string, Bound>, measure: () => Promise<readonly Figure[]>): Promise<Map<string, number | undefined>> {
  const found = new Map<string, number | undefined>();
  for (let tries = 0; tries < TRIES && !Object.entries(bounds).every(([name, bound]) => holds(bound, found.get(name))); tries++) {
    const figures = await measure();
    for (const [name, bound] of Object.entries(bounds)) {
      const ratio = figures.find((figure) => figure.name === name)?.ratio;
      found.set(name, better(bound, found.get(name), ratio));
    }
  }
  return found;
}

/** One line a figure: what was found, and what it has to be. */
export function verdict(name: string, bound: Bound, ratio: number | undefined): string {
  const wanted = bound.atMost === undefined ? `at least ${bound.atLeast}` : `at most ${bound.atMost}`;
  const found = ratio === undefined ? 'was not measured' : ratio.toFixed(2);
  return `${holds(bound, ratio) ? 'holds' : 'FAILS'}  ${name}: found ${found}, expected ${wanted} (recorded: ${bound.seen})`;
}
