import { dayName, daysOf } from './days.js';
import { make } from './elements.js';
import type { Grouping } from './filters.js';
import { idOf, ListKeys, type KeyedList, type ListHandlers } from './list-keys.js';
import { Menu } from './menu.js';
import type { Row } from './row.js';
import { Rows } from './rows.js';
import { Heights, stretchFor, type Stretch } from './stretch.js';
import type { Language } from '../words/language.js';
import type { Notification } from '../core/wire.js';

/** What a list is to show. */
export interface Shown {
  items: readonly Notification[];
  /** How many there are in all is not known then. */
  hasOlder: boolean;
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
 * The rows, newest first. Of a long list only those stand on the page that can be seen or soon may be, and the one that the keys have
 * come to.
 */
export class List implements KeyedList {
  readonly element = make('div', { part: 'list', attributes: { role: 'feed' } });
  /** To be put outside the list, as it is none of its rows. */
  readonly menu = new Menu();
  /** Of its rows, first to last. */
  ids: readonly string[] = [];
  private readonly heights = new Heights();
  private readonly rows = new Rows(this.element, this.heights);
  private stretch: Stretch = { from: 0, to: 0 };
  private showing: Showing | undefined;
  private current: string | undefined;

  /** `scroller`: what the list is scrolled in. */
  constructor(handlers: ListHandlers, private readonly scroller: HTMLElement) {
    new ListKeys(this.element, this, handlers);
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

  get language(): Language | undefined {
    return this.showing?.language;
  }

  /** One that stands on the page. */
  row(id: string | undefined): Row | undefined {
    return this.rows.get(id);
  }

  /** A row that does not stand on the page does so once it is the current one. */
  go(index: number): void {
    const id = this.ids[index];
    if (id === undefined) return;
    this.makeCurrent(id);
    if (!this.rows.get(id)) this.place(this.seen());
    this.focus();
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

  private update(row: Row, index: number, { items, hasOlder, user, now, language, isSelected }: Showing): void {
    const item = items[index];
    if (!item) return;
    row.update(item, user, now, language);
    row.setPlace(index + 1, hasOlder ? undefined : items.length);
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

  private focusedIndex(): number {
    const root = this.element.getRootNode() as ShadowRoot;
    const id = root.activeElement?.closest<HTMLElement>('.row')?.dataset.id;
    return id === undefined ? -1 : this.ids.indexOf(id);
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
