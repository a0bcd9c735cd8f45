import { dayName, daysOf } from './days.js';
import { make } from './elements.js';
import type { Grouping } from './filters.js';
import { Menu, type Deed } from './menu.js';
import { Row } from './row.js';
import type { Language } from '../words/language.js';
import type { Notification } from '../core/wire.js';

/** By key: the first of these that can be done to the row. */
const deedsOf: Readonly<Record<string, readonly Deed[]>> = { e: ['archive', 'unarchive'], c: ['claim', 'release'] };

export interface ListHandlers {
  onToggle: (id: string, read: boolean) => void;
  /** The admin went where the notification leads; `leaving` when in this same tab. */
  onFollow: (id: string, leaving: boolean) => void;
  onDeed: (id: string, deed: Deed) => void;
  onSelect: (id: string) => void;
}

/** What a list is to show. */
export interface Shown {
  items: readonly Notification[];
  user: string | undefined;
  isSelected: (id: string) => boolean;
  grouping: Grouping;
}

/**
 * The rows, newest first. Arrow keys, `j` and `k`, Home and End go through them, Enter follows the link, `u` marks. Rows keep their
 * elements, so that focus, scroll position and selection outlive whatever arrives.
 */
export class List {
  readonly element = make('div', { part: 'list', attributes: { role: 'feed' } });
  /** To be put outside the list, as it is none of its rows. */
  readonly menu = new Menu();
  private readonly rows = new Map<string, Row>();
  private readonly headings = new Map<string, HTMLElement>();
  private language: Language | undefined;
  private order: Row[] = [];
  private current: string | undefined;

  constructor(private readonly handlers: ListHandlers) {
    this.element.addEventListener('keydown', (event) => this.onKey(event));
    this.element.addEventListener('click', (event) => this.onClick(event));
    this.element.addEventListener('auxclick', (event) => event.button === 1 && this.onClick(event));
    this.element.addEventListener('focusin', (event) => this.makeCurrent(idOf(event.target)));
  }

  render({ items: given, user, isSelected, grouping }: Shown, now: Date, language: Language): void {
    const items = grouping === 'topic' ? byTopic(given) : given;
    this.language = language;
    this.element.setAttribute('aria-label', language.words.notifications);
    const focused = this.focusedIndex();
    const ids = new Set(items.map(({ id }) => id));
    for (const [id, row] of this.rows) {
      if (ids.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    this.order = items.map((item, index) => {
      const row = this.rowOf(item.id);
      row.update(item, user, now, language);
      row.setPlace(index + 1, items.length);
      row.setSelected(isSelected(item.id));
      return row;
    });
    this.put(this.underHeadings(grouping === 'topic' ? items.map(({ topic }) => topic) : dayNames(items, now, language)));
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
    this.makeCurrent(idOf(this.order[0]?.element ?? null));
  }

  /** Rows with a heading above the first of each that have it in common. */
  private underHeadings(names: readonly string[]): HTMLElement[] {
    const held = new Set(names);
    for (const [name, heading] of this.headings) {
      if (held.has(name)) continue;
      heading.remove();
      this.headings.delete(name);
    }
    return this.order.flatMap(({ element }, index) => {
      const name = names[index];
      if (name === undefined || name === names[index - 1]) return [element];
      const heading = this.headings.get(name) ?? make('div', { part: 'day', text: name });
      this.headings.set(name, heading);
      return [heading, element];
    });
  }

  /** Moving an element would take the focus from it: only what is out of place is put in. */
  private put(elements: readonly HTMLElement[]): void {
    let next = this.element.firstElementChild;
    for (const element of elements) {
      if (element === next) next = next.nextElementSibling;
      else this.element.insertBefore(element, next);
    }
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
    return this.order.findIndex(({ element }) => element === row);
  }

  private onKey(event: KeyboardEvent): void {
    const row = this.rows.get(idOf(event.target) ?? '');
    if (!row || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const { element } = row;
    const id = idOf(element) ?? '';
    const place = this.order.indexOf(row);
    const targets: Record<string, number> = {
      ArrowDown: place + 1, j: place + 1, PageDown: place + 1,
      ArrowUp: place - 1, k: place - 1, PageUp: place - 1,
      Home: 0, End: this.order.length - 1,
    };
    const target = targets[event.key];
    if (target !== undefined) this.order[target]?.element.focus();
    else if (event.key === 'u' || event.key === 'm') this.handlers.onToggle(id, row.unread);
    else if (event.key === 'x') this.handlers.onSelect(id);
    else if (event.key === 's') this.openMenu(row, id, 'snooze');
    else if (event.key in deedsOf) this.doFirst(row, id, deedsOf[event.key] ?? []);
    else if (event.key === 'Enter' && event.target === element) this.activate(id, row);
    else return;
    event.preventDefault();
  }

  private openMenu(row: Row, id: string, first?: string): void {
    if (!this.language) return;
    this.menu.open(row.menuAnchor, row.deeds, this.language, (deed) => this.handlers.onDeed(id, deed), first);
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
    const row = this.rows.get(id ?? '');
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

/** Topic by topic, the one with the newest first. */
function byTopic(items: readonly Notification[]): Notification[] {
  const groups = new Map<string, Notification[]>();
  for (const item of items) groups.set(item.topic, [...(groups.get(item.topic) ?? []), item]);
  return [...groups.values()].flat();
}

function dayNames(items: readonly Notification[], now: Date, language: Language): string[] {
  return daysOf(items).map((day) => dayName(day, now, language));
}

function idOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>('[data-id]')?.dataset.id : undefined;
}
