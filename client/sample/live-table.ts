import { make, setText } from '../bell/elements.js';

/** What stands in a cell: text, or buttons that write. */
export type Cell =
  | { text: string; className?: string }
  | { buttons: { label: string; path: string; body?: unknown }[] };

export interface TableShape<Row> {
  path: string;
  cells: (row: Row) => Cell[];
}

/** The newest rows of one table. Rows keep their elements, so that nothing flickers; new ones light up. */
export class LiveTable<Row extends { id: string }> {
  private readonly rows = new Map<string, HTMLTableRowElement>();
  private filled = false;

  constructor(
    private readonly body: HTMLTableSectionElement,
    private readonly shape: TableShape<Row>,
  ) {}

  show(data: readonly Row[]): void {
    const ids = new Set(data.map(({ id }) => id));
    for (const [id, element] of this.rows) {
      if (ids.has(id)) continue;
      element.remove();
      this.rows.delete(id);
    }
    let next = this.body.firstElementChild;
    for (const row of data) {
      const element = this.rows.get(row.id) ?? this.add(row.id);
      this.fill(element, this.shape.cells(row));
      if (element === next) next = next.nextElementSibling;
      else this.body.insertBefore(element, next);
    }
    this.filled = true;
  }

  /** Shows where a link led to; false when that row is not among the newest. */
  point(id: string): boolean {
    for (const [rowId, element] of this.rows) element.classList.toggle('pointed', rowId === id);
    this.rows.get(id)?.scrollIntoView({ block: 'center' });
    return this.rows.has(id);
  }

  private add(id: string): HTMLTableRowElement {
    const element = make('tr', { attributes: { 'data-id': id } });
    if (this.filled) element.classList.add('fresh');
    this.rows.set(id, element);
    return element;
  }

  private fill(element: HTMLTableRowElement, cells: readonly Cell[]): void {
    for (const [index, cell] of cells.entries()) {
      const td = element.cells.item(index) ?? element.insertCell();
      if ('text' in cell) {
        setText(td, cell.text);
        td.className = cell.className ?? '';
        continue;
      }
      const wanted = JSON.stringify(cell.buttons);
      if (td.dataset.buttons === wanted) continue;
      td.dataset.buttons = wanted;
      td.className = 'actions';
      td.replaceChildren(...cell.buttons.map(({ label, path, body }) => make('button', {
        text: label,
        attributes: { type: 'button', class: 'quiet', 'data-post': path, 'data-body': JSON.stringify(body ?? {}) },
      })));
    }
  }
}
