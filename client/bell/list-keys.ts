import type { Deed, Menu } from './menu.js';
import type { Row } from './row.js';
import type { Language } from '../words/language.js';

/** By key: the first of these that can be done to the row. */
const deedsOf: Readonly<Record<string, readonly Deed[]>> = { e: ['archive', 'unarchive'], c: ['claim', 'release'] };

/** What an admin does to a row. */
export interface ListHandlers {
  onToggle: (id: string, read: boolean) => void;
  /** The admin went where the notification leads; `leaving` when in this same tab. */
  onFollow: (id: string, leaving: boolean) => void;
  onDeed: (id: string, deed: Deed) => void;
  onSelect: (id: string) => void;
}

/** What the keys need of their list. */
export interface KeyedList {
  readonly ids: readonly string[];
  readonly menu: Menu;
  readonly language: Language | undefined;
  row: (id: string | undefined) => Row | undefined;
  go: (index: number) => void;
}

/** Keys and clicks in the rows: going through them, and what is done to one. */
export class ListKeys {
  constructor(element: HTMLElement, private readonly list: KeyedList, private readonly handlers: ListHandlers) {
    element.addEventListener('keydown', (event) => this.onKey(event));
    element.addEventListener('click', (event) => this.onClick(event));
    element.addEventListener('auxclick', (event) => event.button === 1 && this.onClick(event));
  }

  private onKey(event: KeyboardEvent): void {
    const id = idOf(event.target);
    const row = this.list.row(id);
    if (id === undefined || !row || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const { ids } = this.list;
    const place = ids.indexOf(id);
    const targets: Record<string, number> = {
      ArrowDown: place + 1, j: place + 1, PageDown: place + 1,
      ArrowUp: place - 1, k: place - 1, PageUp: place - 1,
      Home: 0, End: ids.length - 1,
    };
    const target = targets[event.key];
    if (target !== undefined) this.list.go(target);
    else if (event.key === 'u' || event.key === 'm') this.handlers.onToggle(id, row.unread);
    else if (event.key === 'x') this.handlers.onSelect(id);
    else if (event.key === 's') this.openMenu(row, id, 'snooze');
    else if (event.key in deedsOf) this.doFirst(row, id, deedsOf[event.key] ?? []);
    else if (event.key === 'Enter' && event.target === row.element) this.activate(id, row);
    else return;
    event.preventDefault();
  }

  private openMenu(row: Row, id: string, first?: string): void {
    const { menu, language } = this.list;
    if (language) menu.open(row.menuAnchor, row.deeds, language, (deed) => this.handlers.onDeed(id, deed), first);
  }

  private doFirst(row: Row, id: string, deeds: readonly Deed[]): void {
    const deed = deeds.find((one) => row.deeds.includes(one));
    if (deed) this.handlers.onDeed(id, deed);
  }

  private activate(id: string, row: Row): void {
    if (row.link) row.link.click();
    else if (row.unread) this.handlers.onToggle(id, true);
  }

  private onClick(event: MouseEvent): void {
    const id = idOf(event.target);
    const row = this.list.row(id);
    if (id === undefined || !row) return;
    const control = (event.target as Element).closest<HTMLElement>('[data-do]')?.dataset.do;
    const { ctrlKey, metaKey, shiftKey, button } = event;
    if (control === 'more') this.openMenu(row, id);
    else if (control === 'select') this.handlers.onSelect(id);
    else if (control === 'toggle') this.handlers.onToggle(id, row.unread);
    else if (control === 'follow') this.handlers.onFollow(id, button === 0 && !ctrlKey && !metaKey && !shiftKey);
    else if (row.unread && button === 0) this.handlers.onToggle(id, true);
  }
}

/** Of the row that it is in. */
export function idOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>('[data-id]')?.dataset.id : undefined;
}
