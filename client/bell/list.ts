import { make } from './elements.js';
import { Row } from './row.js';
import type { Language } from '../words/language.js';
import type { Notification } from '../core/wire.js';

export interface ListHandlers {
  onToggle: (id: string, read: boolean) => void;
  /** The admin went where the notification leads; `leaving` when in this same tab. */
  onFollow: (id: string, leaving: boolean) => void;
}

/**
 * The rows, newest first. Arrow keys, `j` and `k`, Home and End go through them, Enter follows the link, `u` marks. Rows keep their
 * elements, so that focus, scroll position and selection outlive whatever arrives.
 */
export class List {
  readonly element = make('div', { part: 'list', attributes: { role: 'feed' } });
  private readonly rows = new Map<string, Row>();
  private current: string | undefined;

  constructor(private readonly handlers: ListHandlers) {
    this.element.addEventListener('keydown', (event) => this.onKey(event));
    this.element.addEventListener('click', (event) => this.onClick(event));
    this.element.addEventListener('auxclick', (event) => event.button === 1 && this.onClick(event));
    this.element.addEventListener('focusin', (event) => this.makeCurrent(idOf(event.target)));
  }

  render(items: readonly Notification[], user: string | undefined, now: Date, language: Language): void {
    this.element.setAttribute('aria-label', language.words.notifications);
    const focused = this.focusedIndex();
    const ids = new Set(items.map(({ id }) => id));
    for (const [id, row] of this.rows) {
      if (ids.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    let next = this.element.firstElementChild;
    for (const [index, item] of items.entries()) {
      const row = this.rowOf(item.id);
      row.update(item, user, now, language);
      row.setPlace(index + 1, items.length);
      // Moving an element would take the focus from it: only what is out of place is put in.
      if (row.element === next) next = next.nextElementSibling;
      else this.element.insertBefore(row.element, next);
    }
    if (this.current === undefined || !ids.has(this.current)) this.makeCurrent(items[Math.max(0, focused)]?.id);
    if (focused >= 0 && this.focusedIndex() < 0) this.focus();
  }

  /** To the row where the arrow keys last were; false when there is none. */
  focus(): boolean {
    const row = this.current === undefined ? undefined : this.rows.get(this.current);
    row?.element.focus();
    return row !== undefined;
  }

  /** Begins anew at the newest. */
  rewind(): void {
    this.makeCurrent(idOf(this.element.firstElementChild));
  }

  private rowOf(id: string): Row {
    const row = this.rows.get(id) ?? new Row(id);
    this.rows.set(id, row);
    return row;
  }

  private makeCurrent(id: string | undefined): void {
    if (id === this.current) return;
    if (this.current !== undefined) this.rows.get(this.current)?.setCurrent(false);
    this.current = id;
    if (id !== undefined) this.rows.get(id)?.setCurrent(true);
  }

  private focusedIndex(): number {
    const root = this.element.getRootNode() as ShadowRoot;
    const row = root.activeElement?.closest('.row');
    return row ? [...this.element.children].indexOf(row) : -1;
  }

  private onKey(event: KeyboardEvent): void {
    const row = this.rows.get(idOf(event.target) ?? '');
    if (!row || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const { element } = row;
    const id = idOf(element) ?? '';
    const targets: Record<string, Element | null> = {
      ArrowDown: element.nextElementSibling,
      j: element.nextElementSibling,
      PageDown: element.nextElementSibling,
      ArrowUp: element.previousElementSibling,
      k: element.previousElementSibling,
      PageUp: element.previousElementSibling,
      Home: this.element.firstElementChild,
      End: this.element.lastElementChild,
    };
    if (event.key in targets) (targets[event.key] as HTMLElement | null)?.focus();
    else if (event.key === 'u' || event.key === 'm') this.handlers.onToggle(id, row.unread);
    else if (event.key === 'Enter' && event.target === element) this.activate(id, row);
    else return;
    event.preventDefault();
  }

  private activate(id: string, row: Row): void {
    if (row.link) row.link.click();
    else if (row.unread) this.handlers.onToggle(id, true);
  }

  private onClick(event: MouseEvent): void {
    const id = idOf(event.target);
    const row = this.rows.get(id ?? '');
    if (id === undefined || !row) return;
    const control = (event.target as Element).closest<HTMLElement>('[data-do]')?.dataset.do;
    const { ctrlKey, metaKey, shiftKey, button } = event;
    if (control === 'toggle') this.handlers.onToggle(id, row.unread);
    else if (control === 'follow') this.handlers.onFollow(id, button === 0 && !ctrlKey && !metaKey && !shiftKey);
    else if (row.unread && button === 0) this.handlers.onToggle(id, true);
  }
}

function idOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>('[data-id]')?.dataset.id : undefined;
}
