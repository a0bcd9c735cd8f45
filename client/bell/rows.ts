import { make, setText } from './elements.js';
import { Row } from './row.js';
import type { Heights } from './stretch.js';

/** What the rows that are to stand on the page show. */
export interface Content {
  ids: readonly string[];
  /** The indexes of the rows that are wanted, ascending. */
  wanted: readonly number[];
  /** What stands above the row, if it is the first on the page that is under it. */
  heading: (index: number) => string;
  hasHeading: (index: number) => boolean;
  update: (row: Row, index: number) => void;
}

/**
 * What stands on the page of a list: some of its rows with the headings above them, and gaps as high as what is left out. A row keeps
 * its element for as long as it stands there, so that focus and selection outlive whatever arrives.
 */
export class Rows {
  private readonly rows = new Map<string, Row>();
  private readonly headings: HTMLElement[] = [];
  private readonly gaps: HTMLElement[] = [];

  constructor(
    private readonly element: HTMLElement,
    private readonly heights: Heights,
  ) {}

  get(id: string | undefined): Row | undefined {
    return id === undefined ? undefined : this.rows.get(id);
  }

  /** The first whose lower edge is below that. Unit: CSS pixels of the window. */
  firstBelow(y: number): { id: string; element: HTMLElement } | undefined {
    for (const element of this.element.children) {
      const { id } = (element as HTMLElement).dataset;
      if (id !== undefined && element.getBoundingClientRect().bottom > y) return { id, element: element as HTMLElement };
    }
    return undefined;
  }

  /** How high they are now. */
  measure(): void {
    if (this.element.clientHeight === 0) return;
    for (const [id, { element }] of this.rows) this.heights.measure(id, element.getBoundingClientRect().height);
    const [heading] = this.headings;
    if (heading?.isConnected) this.heights.heading = heading.getBoundingClientRect().height;
  }

  put({ ids, wanted, heading, hasHeading, update }: Content): void {
    this.dropAllBut(new Set(wanted.map((index) => ids[index])));
    const elements: HTMLElement[] = [];
    const headings = this.headings.values();
    const gaps = this.gaps.values();
    let next = 0;
    for (const index of wanted) {
      const isAfterGap = index > next;
      const isHeaded = isAfterGap || hasHeading(index);
      // A heading that only the gap calls for stands in the gap's room.
      const room = isAfterGap && !hasHeading(index) ? this.heights.heading : 0;
      if (isAfterGap) elements.push(this.gap(gaps, next, index, room));
      if (isHeaded) elements.push(this.heading(headings, heading(index)));
      elements.push(this.row(ids[index] ?? '', index, update));
      next = index + 1;
    }
    if (next < ids.length) elements.push(this.gap(gaps, next, ids.length, 0));
    this.arrange(elements);
  }

  private dropAllBut(ids: ReadonlySet<string | undefined>): void {
    for (const [id, row] of this.rows) {
      if (ids.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
  }

  private row(id: string, index: number, update: Content['update']): HTMLElement {
    const row = this.rows.get(id) ?? new Row(id);
    this.rows.set(id, row);
    update(row, index);
    return row.element;
  }

  /** Headings and gaps have nothing of their own to keep: those that are there are taken in turn. */
  private heading(spare: Iterator<HTMLElement>, text: string): HTMLElement {
    const element = spare.next().value as HTMLElement | undefined ?? add(this.headings, make('div', { part: 'day' }));
    setText(element, text);
    return element;
  }

  private gap(spare: Iterator<HTMLElement>, from: number, to: number, room: number): HTMLElement {
    const element = spare.next().value as HTMLElement | undefined ?? add(this.gaps, make('div'));
    element.style.setProperty('height', `${Math.max(0, this.heights.topOf(to) - this.heights.topOf(from) - room)}px`);
    return element;
  }

  /** Moving a row would take the focus from it: only what is out of place is put in, and what stands between the rows gives way first. */
  private arrange(elements: readonly HTMLElement[]): void {
    let next = this.element.firstElementChild;
    for (const element of elements) {
      while (next !== null && next !== element && !next.matches('.row')) next = remove(next);
      if (element === next) next = next.nextElementSibling;
      else this.element.insertBefore(element, next);
    }
    while (next !== null) next = remove(next);
  }
}

function add(list: HTMLElement[], element: HTMLElement): HTMLElement {
  list.push(element);
  return element;
}

/** @returns what stood after it */
function remove(element: Element): Element | null {
  const next = element.nextElementSibling;
  element.remove();
  return next;
}
