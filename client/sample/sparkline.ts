/** What was measured one after the other; null where nothing was, which leaves a gap. */
export type Readings = readonly (number | null)[];

/** Size of the plot's own coordinates, and what stays free above and below the line. */
const width = 100;
const height = 28;
const margin = 2;

/**
 * The line through readings that end at the right edge, as an SVG path from 0 up to the highest. One reading between two gaps
 * is a dot.
 */
export function linePath(readings: Readings, room: number): string {
  const top = Math.max(1e-9, ...readings.filter((value) => value !== null));
  const step = width / Math.max(1, room - 1);
  const first = width - (readings.length - 1) * step;
  let pen = 'M';
  return readings.map((value, index) => {
    if (value === null) {
      pen = 'M';
      return '';
    }
    const place = `${round(first + index * step)} ${round(height - margin - (value / top) * (height - 2 * margin))}`;
    const alone = pen === 'M' && (readings[index + 1] ?? null) === null;
    const part = alone ? `M${place}h0` : `${pen}${place}`;
    pen = 'L';
    return part;
  }).join('');
}

/** A small plot of the latest readings. */
export class Sparkline {
  readonly element = svg('svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img', class: 'spark' });
  private readonly line = svg('path', { 'vector-effect': 'non-scaling-stroke' });
  private readings: (number | null)[] = [];

  /** `room`: readings that fit. `say` puts into words, for who does not see it, what the plot shows. */
  constructor(private readonly room: number, private readonly say: (lowest: number, highest: number) => string) {
    this.element.append(this.line);
    this.draw();
  }

  add(reading: number | null): void {
    this.readings = [...this.readings, reading].slice(-this.room);
    this.draw();
  }

  clear(): void {
    this.readings = [];
    this.draw();
  }

  private draw(): void {
    const known = this.readings.filter((value) => value !== null);
    this.line.setAttribute('d', linePath(this.readings, this.room));
    this.element.setAttribute('aria-label', known.length === 0 ? 'no readings yet' : this.say(Math.min(...known), Math.max(...known)));
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;

function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, string>): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
