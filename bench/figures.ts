/** One measured figure: a value, and what the same thing costs without Belfry in the same run. */
export interface Figure {
  name: string;
  /** Median over the rounds. */
  value: number;
  unit: string;
  /** Median of the baseline over the same rounds; null where the value stands for itself. */
  baseline: number | null;
  /** What the baseline is. */
  against: string | null;
  /** Median of the rounds' own ratios, value to baseline: what disturbs a round disturbs both halves of it. */
  ratio: number | null;
  /** Smallest and largest of those ratios (of the values, where there is no baseline). */
  spread: [number, number];
  /** Rounds. */
  samples: number;
  need: Need | null;
}

/** What a figure has to be: at least or at most so much, by its value or by its ratio. */
export interface Need {
  of: 'value' | 'ratio';
  atLeast?: number;
  atMost?: number;
}

/** A figure from rounds that each measured both. */
export function compare(
  name: string,
  unit: string,
  rounds: readonly { value: number; baseline: number }[],
  against: string,
  need: Need | null = null,
): Figure {
  const ratios = rounds.map(({ value, baseline }) => value / baseline);
  return {
    name,
    value: median(rounds.map(({ value }) => value)),
    unit,
    baseline: median(rounds.map(({ baseline }) => baseline)),
    against,
    ratio: median(ratios),
    spread: extent(ratios),
    samples: rounds.length,
    need,
  };
}

/** A figure without a baseline. */
export function plain(name: string, unit: string, values: readonly number[], need: Need | null = null): Figure {
  const shared = { name, unit, need, baseline: null, against: null, ratio: null };
  return { ...shared, value: median(values), spread: extent(values), samples: values.length };
}

/** Whether the figure is as it has to be; null where nothing is asked of it. */
export function isMet({ need, value, ratio }: Figure): boolean | null {
  if (!need) return null;
  const found = need.of === 'value' ? value : (ratio ?? NaN);
  return found >= (need.atLeast ?? -Infinity) && found <= (need.atMost ?? Infinity);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? NaN)) / 2 : upper;
}

/** The smallest value that `share` (0 to 1) of all values do not exceed; `sorted` ascending. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
