import { dayName, daysOf } from './days.js';
import { make } from './elements.js';
import type { Grouping } from './filters.js';
import { Menu, type Deed } from './menu.js';
import type { Row } from './row.js';
import { Rows } from './rows.js';
import { Heights, stretchFor, type Stretch } from './stretch.js';
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

/** Where the row is looked for that is to stay where it is: below the heading of its day. Unit: CSS pixels. */
const rowBelow = 40;

/** What is shown now. */
interface Showing extends Shown {
  now: Date;
  language: Language;
  groups: readonly Group[];
}

/** What rows have in common that stand under one heading: their day, or their topic. */
type Group = number | string;

/** A row that can be seen, and how far below the upper edge it stands. */
interface Seen {
  id: string;
  below: number;
}

/**
 * The rows, newest first. Arrow keys, `j` and `k`, Home and End go through them, Enter follows the link, `u` marks. Of a long list only those
 * stand on the page that can be seen or soon may be, and the one that the arrow keys have come to.
 */
export class List {
  readonly element = make('div', { part: 'list', attributes: { role: 'feed' } });
  /** To be put outside the list, as it is none of its rows. */
  readonly menu = new Menu();
  private readonly heights = new Heights();
  private readonly rows = new Rows(this.element, this.heights);
  private stretch: Stretch = { from: 0, to: 0 };
  private showing: Showing | undefined;
  private ids: readonly string[] = [];
  private current: string | undefined;

  /** `scroller`: what the list is scrolled in. */
  constructor(private readonly handlers: ListHandlers, private readonly scroller: HTMLElement) {
    this.element.addEventListener('keydown', (event) => this.onKey(event));
    this.element.addEventListener('click', (event) => this.onClick(event));
    this.element.addEventListener('auxclick', (event) => event.button === 1 && this.onClick(event));
    this.element.addEventListener('focusin', (event) => this.makeCurrent(idOf(event.target)));
    scroller.addEventListener('scroll', () => this.onScroll(), { passive: true });
  }

  /** The row at the top of what is looked at stays where it is, whatever comes in above. */
  render(shown: Shown, now: Date, language: Language): void {
    const seen = this.seen();
    const focused = this.focusedIndex();
    this.rows.measure();
    const items = shown.grouping === 'topic' ? byTopic(shown.items) : shown.items;
    const groups: readonly Group[] = shown.grouping === 'topic' ? items.map(({ topic }) => topic) : daysOf(items);
    this.showing = { ...shown, items, groups, now, language };
    this.ids = items.map(({ id }) => id);
    this.heights.set(this.ids, (index) => this.hasHeading(index));
    this.element.setAttribute('aria-label', language.words.notifications);
    if (this.current === undefined || !this.ids.includes(this.current)) this.makeCurrent(this.ids[Math.min(Math.max(0, focused), this.ids.length - 1)]);
    this.place(seen);
    if (focused >= 0 && this.focusedIndex() < 0) this.focus();
  }

  /** To the row where the arrow keys last were; false when there is none. */
  focus(): boolean {
    const row = this.rows.get(this.current);
    row?.element.focus();
    return row !== undefined;
  }

  /** Begins anew at the newest. */
  rewind(): void {
    this.scroller.scrollTop = 0;
    this.makeCurrent(this.ids[0]);
    this.place();
  }

  private hasHeading(index: number): boolean {
    const { groups = [] } = this.showing ?? {};
    return index === 0 || groups[index] !== groups[index - 1];
  }

  private onScroll(): void {
    const { top, bottom } = this.view();
    if (stretchFor(this.heights, top, bottom, this.stretch) === this.stretch) return;
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    const seen = this.seen();
    this.rows.measure();
    this.place(seen);
    // Whoever went to the end at once is there, however high what stands there turns out to be.
    if (!seen && scrollTop > 0 && scrollTop + clientHeight >= scrollHeight - 1) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** Has the rows on the page that are to be there, and what was seen where it was. */
  private place(seen?: Seen): void {
    const { showing, ids } = this;
    if (!showing) return;
    const { top, bottom } = this.view(seen);
    this.stretch = stretchFor(this.heights, top, bottom, this.stretch);
    const { from, to } = this.stretch;
    const current = this.current === undefined ? -1 : ids.indexOf(this.current);
    const wanted = Array.from({ length: to - from }, (_, nth) => from + nth);
    if (current >= 0 && current < from) wanted.unshift(current);
    if (current >= to) wanted.push(current);
    this.rows.put({
      ids, wanted,
      heading: (index) => headingOf(showing, index),
      hasHeading: (index) => this.hasHeading(index),
      update: (row, index) => this.update(row, index, showing),
    });
    const row = this.rows.get(seen?.id);
    if (row && seen) this.scroller.scrollTop += row.element.getBoundingClientRect().top - this.edge() - seen.below;
  }

  private update(row: Row, index: number, { items, user, now, language, isSelected }: Showing): void {
    const item = items[index];
    if (!item) return;
    row.update(item, user, now, language);
    row.setPlace(index + 1, items.length);
    row.setSelected(isSelected(item.id));
    row.setCurrent(item.id === this.current);
  }

  /** What can be seen of the list, from its beginning: as it is, or as it will be once that row stands where it stood. Unit: CSS pixels. */
  private view(seen?: Seen): { top: number; bottom: number } {
    const index = seen === undefined ? -1 : this.ids.indexOf(seen.id);
    const top = seen !== undefined && index >= 0 ? this.heights.topOf(index) - seen.below : this.edge() - this.element.getBoundingClientRect().top;
    // The panel grows with what is in it, up to the window's height.
    return { top, bottom: top + innerHeight };
  }

  /** Where the list comes into sight. */
  private edge(): number {
    return this.scroller.getBoundingClientRect().top;
  }

  /** None while the list stands at its top, where what is new is to be seen, nor where none stands on the page yet. */
  private seen(): Seen | undefined {
    if (this.scroller.scrollTop <= 0) return undefined;
    const edge = this.edge();
    const row = this.rows.firstBelow(edge + rowBelow);
    const below = row ? row.element.getBoundingClientRect().top - edge : Infinity;
    return row && below < innerHeight ? { id: row.id, below } : undefined;
  }

  private makeCurrent(id: string | undefined): void {
    if (id === this.current) return;
    this.rows.get(this.current)?.setCurrent(false);
    this.current = id;
    this.rows.get(id)?.setCurrent(true);
  }

  /** A row that does not stand on the page does so once it is the current one. */
  private go(index: number): void {
    const id = this.ids[index];
    if (id === undefined) return;
    this.makeCurrent(id);
    if (!this.rows.get(id)) this.place(this.seen());
    this.focus();
  }

  private focusedIndex(): number {
    const root = this.element.getRootNode() as ShadowRoot;
    const id = root.activeElement?.closest<HTMLElement>('.row')?.dataset.id;
    return id === undefined ? -1 : this.ids.indexOf(id);
  }

  private onKey(event: KeyboardEvent): void {
    const row = this.rows.get(idOf(event.target));
    if (!row || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const { element } = row;
    const id = idOf(element) ?? '';
    const place = this.ids.indexOf(id);
    const targets: Record<string, number> = {
      ArrowDown: place + 1, j: place + 1, PageDown: place + 1,
      ArrowUp: place - 1, k: place - 1, PageUp: place - 1,
      Home: 0, End: this.ids.length - 1,
    };
    const target = targets[event.key];
    if (target !== undefined) this.go(target);
    else if (event.key === 'u' || event.key === 'm') this.handlers.onToggle(id, row.unread);
    else if (event.key === 'x') this.handlers.onSelect(id);
    else if (event.key === 's') this.openMenu(row, id, 'snooze');
    else if (event.key in deedsOf) this.doFirst(row, id, deedsOf[event.key] ?? []);
    else if (event.key === 'Enter' && event.target === element) this.activate(id, row);
    else return;
    event.preventDefault();
  }

  private openMenu(row: Row, id: string, first?: string): void {
    if (!this.showing) return;
    this.menu.open(row.menuAnchor, row.deeds, this.showing.language, (deed) => this.handlers.onDeed(id, deed), first);
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
    const row = this.rows.get(id);
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

function headingOf({ groups, now, language }: Showing, index: number): string {
  const group = groups[index] ?? '';
  return typeof group === 'number' ? dayName(new Date(group), now, language) : group;
}

function idOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>('[data-id]')?.dataset.id : undefined;
}
