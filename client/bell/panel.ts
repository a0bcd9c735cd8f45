import { icon } from './icons.js';
import { isUnread } from '../core/items.js';
import { focusIn, make, setText } from './elements.js';
import { Empty } from './empty.js';
import { Filters, type Filter, type Grouping } from './filters.js';
import { Help } from './help.js';
import { List } from './list.js';
import type { ListHandlers } from './list-keys.js';
import { Newer } from './newer.js';
import { Older } from './older.js';
import { Selection } from './selection.js';
import { Stale } from './stale.js';
import { Standing } from './standing.js';
import { pageFooter } from './slots.js';
import { Tabs } from './tabs.js';
import { Undo } from './undo.js';
import type { Language } from '../words/language.js';
import type { Tab } from '../words/en.js';
import type { Snapshot } from '../core/client.js';
import type { FeedSnapshot } from '../core/feed.js';
import type { Count } from '../core/wire.js';

export interface PanelHandlers extends ListHandlers {
  onTab: (tab: Tab) => void;
  onFilter: (filter: Filter, grouping: Grouping) => void;
  onMarkAll: () => void;
  onReadAll: (ids: string[]) => void;
  onArchiveAll: (ids: string[]) => void;
  onSelectionChange: () => void;
  onOlder: () => void;
  onRetry: () => void;
}

/** What a panel shows: which list, how it stands, and how the connection does. */
export interface Shown extends FeedSnapshot, Pick<Snapshot, 'status' | 'counts' | 'user'> {
  tab: Tab;
  isFiltered: boolean;
  tabCounts: Partial<Record<Tab, Count>>;
  grouping: Grouping;
}

/** What opens under the bell: heading, state of the connection, list, and what stands there when there is no list. */
export class Panel {
  // `autofocus`: it has the keys from the moment it is shown, before its `toggle` event comes to put the focus in the list.
  readonly element = make('div', {
    part: 'panel', attributes: { popover: 'auto', role: 'dialog', tabindex: '-1', autofocus: '' },
  });
  readonly list: List;
  private readonly newer = new Newer(() => this.begin());
  private shown: { items: Snapshot['items']; language: Language } | undefined;
  private readonly heading = make('h2', { part: 'heading' });
  readonly standing = new Standing();
  private readonly markAll = button('mark-all', 'Shift+A');
  private readonly older: Older;
  private readonly stale: Stale;
  private readonly notice = make('p', { part: 'notice', attributes: { role: 'alert' } });
  private readonly body = make('div', { part: 'body', attributes: { role: 'tabpanel', id: 'list' } });
  private readonly searching = make('button', { part: 'filter-toggle', attributes: { type: 'button', 'aria-expanded': 'false', 'aria-keyshortcuts': '/' } }, icon('search'));
  private readonly tabs: Tabs;
  private readonly filters: Filters;
  private readonly help = new Help();
  private language: Language | undefined;
  readonly selection: Selection;
  readonly undo = new Undo(() => this.backToList());
  private readonly empty: Empty;

  /** `settings`: what stands in the list's place while somebody chooses, and its button. */
  constructor(private readonly handlers: PanelHandlers, settings: { button: HTMLElement; element: HTMLElement }) {
    this.list = new List(handlers, this.body);
    this.empty = new Empty(handlers.onRetry);
    this.stale = new Stale(handlers.onRetry);
    this.older = new Older(this.body, handlers.onOlder);
    this.markAll.prepend(icon('done'));
    this.tabs = new Tabs(this.body.id, handlers.onTab);
    this.filters = new Filters(handlers.onFilter);
    this.selection = new Selection({ onRead: handlers.onReadAll, onArchive: handlers.onArchiveAll, onChange: handlers.onSelectionChange });
    this.element.append(
      make('div', { part: 'header' }, this.heading, this.standing.element, this.searching, this.markAll, settings.button),
      this.notice, settings.element, this.tabs.element, this.filters.element, this.selection.element, this.stale.element, this.body, this.undo.element, pageFooter(),
      this.list.menu.element, this.help.element);
    this.searching.addEventListener('click', () => this.toggleFilters());
    this.body.append(this.newer.element, this.list.element, this.empty.element, this.older.element);
    this.body.addEventListener('scroll', () => this.showNewer(this.body.scrollTop === 0), { passive: true });
    this.markAll.addEventListener('click', () => this.markAllRead());
    this.element.addEventListener('keydown', (event) => this.onKey(event));
    for (const type of ['keydown', 'keypress', 'keyup'] as const) this.element.addEventListener(type, (event) => this.keep(event));
  }

  render(shown: Shown, label: string, now: Date, language: Language): void {
    const { items, user, counts, status, loading, hasOlder, tab, isFiltered, grouping } = shown;
    const { words } = language;
    // Asked before anything is written: afterwards it would have the browser lay out all that was.
    const atTop = this.body.scrollTop === 0;
    this.language = language;
    this.tabs.render(tab, shown.tabCounts, language);
    // Of thousands, once for each time that they change.
    if (items !== this.shown?.items || language !== this.shown.language) this.filters.render(items.map(({ topic }) => topic), language);
    const isAnySelected = this.selection.render(items, tab === 'archived', language);
    this.searching.title = words.filters;
    this.searching.setAttribute('aria-label', words.filters);
    this.body.setAttribute('aria-labelledby', `tab-${tab}`);
    this.element.setAttribute('aria-label', label);
    setText(this.heading, label);
    this.standing.render(status, now, language);
    setText(this.markAll.lastElementChild ?? this.markAll, words.markAllRead);
    // Not `disabled`: that would drop the focus of whoever has just pressed it.
    const nothingUnread = items.length === 0 || (counts?.unread.count === 0 && !items.some((item) => isUnread(item, user)));
    this.markAll.setAttribute('aria-disabled', String(nothingUnread));
    this.shown = { items, language };
    this.list.render({ items, hasOlder, user, grouping, isSelected: (id) => this.selection.has(id) }, now, language);
    this.showNewer(atTop);
    if (hide(this.selection.element, !isAnySelected)) this.backToList();
    this.list.element.hidden = items.length === 0;
    this.list.element.setAttribute('aria-busy', String(loading !== undefined));
    this.empty.render(shown, isFiltered, language);
    this.hide(this.empty.retry, !this.empty.canRetry(shown));
    this.hide(this.stale.element, !this.stale.render(shown, now, language));
    this.hide(this.older.button, !this.older.render(shown, isFiltered, language));
  }

  /** Says what went wrong with something the admin did; empty text takes it away. */
  say(text: string): void {
    setText(this.notice, text);
    this.notice.hidden = text === '';
  }

  /** As it is when opened: at the newest, with the focus on it. */
  begin(): void {
    this.list.rewind();
    this.backToList();
  }

  private backToList(): void {
    if (!this.list.focus()) this.element.focus();
  }

  private showNewer(atTop: boolean): void {
    if (!this.shown) return;
    const { items, language } = this.shown;
    const count = this.newer.count(items, atTop);
    this.newer.say(count, language);
    this.hide(this.newer.element, count === 0);
  }

  private markAllRead(): void {
    if (this.markAll.getAttribute('aria-disabled') !== 'true') this.handlers.onMarkAll();
  }

  /** The focus of what is hidden stays within the panel. */
  private hide(control: HTMLElement, hidden: boolean): void {
    if (hide(control, hidden)) this.element.focus();
  }

  /** Past the list, as the pattern for feeds asks: to what stands before it, or after. */
  private leaveList(key: 'Home' | 'End'): void {
    if (key === 'Home') this.markAll.focus();
    else if (this.older.button.hidden) this.list.focus();
    else this.older.button.focus();
  }

  /** What it closes first is what was opened last; only then the panel itself. */
  private onEscape(event: KeyboardEvent): void {
    // The browser closes a menu by itself.
    const isMenuOpen = this.element.querySelector(':popover-open') !== null;
    if (!isMenuOpen && this.selection.size > 0) this.selection.clear();
    else if (!isMenuOpen && !this.filters.element.hidden) this.toggleFilters();
    else if (!isMenuOpen) return;
    event.stopImmediatePropagation();
    if (!isMenuOpen) event.preventDefault();
  }

  private toggleFilters(): void {
    if (this.filters.element.hidden) {
      this.openFilters();
      return;
    }
    this.filters.close();
    this.searching.setAttribute('aria-expanded', 'false');
    this.searching.focus();
  }

  private openFilters(): void {
    this.filters.open();
    this.searching.setAttribute('aria-expanded', 'true');
  }

  /** Not of what the page has put into a slot: that has its own keys. */
  private isOwn({ target }: Event): boolean {
    return (target as Node).getRootNode() === this.element.getRootNode();
  }

  /** A page's keys are for when nothing else has the focus; that a field within has it, the page can't see: what is typed would be lost to them. */
  private keep(event: KeyboardEvent): void {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (this.isOwn(event) && key !== 'Tab' && !ctrlKey && !metaKey && !altKey) event.stopPropagation();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey && (event.key === 'Home' || event.key === 'End')) {
      this.leaveList(event.key);
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const typing = event.target instanceof HTMLInputElement && event.target.type !== 'checkbox';
    if (event.key === 'Escape') this.onEscape(event);
    if (!this.isOwn(event)) return;
    if (typing || event.target instanceof HTMLSelectElement) return;
    if (event.key === 'A' && event.shiftKey) this.markAllRead();
    else if (event.key === '/') this.openFilters();
    else if (event.key === '?' && this.language) this.help.toggle(this.language);
    else if (event.key === 'z') this.undo.undo();
    else if (event.key === 'ArrowDown') this.list.focus();
    else return;
    event.preventDefault();
  }
}

/** @returns whether it had the focus, and has lost it */
function hide(control: HTMLElement, hidden: boolean): boolean {
  const focused = hidden && control.contains(focusIn(control) ?? null);
  control.hidden = hidden;
  return focused;
}

function button(part: string, keys?: string): HTMLButtonElement {
  const attributes = { type: 'button', ...(keys === undefined ? {} : { 'aria-keyshortcuts': keys, title: keys }) };
  return make('button', { part, attributes }, make('span'));
}
