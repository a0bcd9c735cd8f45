/** Up to so many rows a list stands on the page whole. */
const whole = 100;
/** Rows that stand beyond what can be seen, either way, and how few of them have others put in. */
const beyond = 24;
const least = 8;
/** Height of a row of which nothing is known yet. Unit: CSS pixels. */
const guess = 84;

/** The rows from one index up to, and without, another. */
export interface Stretch {
  from: number;
  to: number;
}

/**
 * How high the rows of a list are, and so where each stands: as measured when it was on the page, else as the measured ones are on
 * average. A heading counts with the row below it. Unit: CSS pixels.
 */
export class Heights {
  /** Of one heading. */
  heading = 0;
  private readonly measured = new Map<string, number>();
  private sum = 0;
  private ids: readonly string[] = [];
  private hasHeading: (index: number) => boolean = () => false;
  private tops: Float64Array | undefined;

  get count(): number {
    return this.ids.length;
  }

  /** The rows, first to last; `hasHeading`: whether one stands above the row. */
  set(ids: readonly string[], hasHeading: (index: number) => boolean): void {
    this.ids = ids;
    this.hasHeading = hasHeading;
    this.tops = undefined;
  }

  measure(id: string, height: number): void {
    const before = this.measured.get(id);
    if (before === height) return;
    this.measured.set(id, height);
    this.sum += height - (before ?? 0);
    this.tops = undefined;
  }

  /** Where a row begins, with its heading; of the index after the last, where the list ends. */
  topOf(index: number): number {
    return this.allTops()[Math.min(index, this.count)] ?? 0;
  }

  /** The row that stands there; above or below the list, the first or the last. */
  at(y: number): number {
    const tops = this.allTops();
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((tops[middle] ?? 0) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private allTops(): Float64Array {
    if (this.tops) return this.tops;
    const tops = new Float64Array(this.count + 1);
    const average = this.measured.size > 0 ? this.sum / this.measured.size : guess;
    let top = 0;
    this.ids.forEach((id, index) => {
      top += (this.measured.get(id) ?? average) + (this.hasHeading(index) ? this.heading : 0);
      tops[index + 1] = top;
    });
    this.tops = tops;
    return tops;
  }
}

/** Which rows are to stand on the page while what is between `top` and `bottom` can be seen: those of `held`, as long as they reach far enough. */
export function stretchFor(heights: Heights, top: number, bottom: number, held: Stretch): Stretch {
  const { count } = heights;
  if (count <= whole) return { from: 0, to: count };
  const first = heights.at(top);
  const end = heights.at(bottom) + 1;
  const reaches = held.from <= Math.max(0, first - least) && held.to >= Math.min(count, end + least);
  const isLean = held.to - held.from <= end - first + 3 * beyond;
  if (reaches && isLean && held.to <= count) return held;
  return { from: Math.max(0, first - beyond), to: Math.min(count, end + beyond) };
}
