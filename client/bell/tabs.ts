import type { Count } from '../core/wire.js';
import type { Tab } from '../words/en.js';
import { badgeText, type Language } from '../words/language.js';
import { make, setText } from './elements.js';

const order: readonly Tab[] = ['all', 'unread', 'mine', 'archived', 'snoozed'];

/** The inbox's lists, each with how many are in it. Arrow keys go from one to the next, and show it. */
export class Tabs {
  readonly element = make('div', { part: 'tabs', attributes: { role: 'tablist' } });
  private readonly tabs = new Map<Tab, { button: HTMLButtonElement; label: HTMLElement; count: HTMLElement }>();
  private chosen: Tab = 'all';

  /** `listId`: of the element that the tabs have in common. */
  constructor(listId: string, private readonly onChoose: (tab: Tab) => void) {
    for (const tab of order) {
      const label = make('span');
      const count = make('span', { part: 'tab-count' });
      const button = make('button', {
        part: 'tab', attributes: { type: 'button', role: 'tab', id: `tab-${tab}`, 'aria-controls': listId },
      }, label, count);
      button.addEventListener('click', () => this.choose(tab));
      this.tabs.set(tab, { button, label, count });
      this.element.append(button);
    }
    this.element.addEventListener('keydown', (event) => this.onKey(event));
  }

  render(chosen: Tab, counts: Partial<Record<Tab, Count>>, language: Language): void {
    this.chosen = chosen;
    this.element.setAttribute('aria-label', language.words.notifications);
    for (const [tab, { button, label, count }] of this.tabs) {
      setText(label, language.words.tabs[tab]);
      const counted = counts[tab];
      setText(count, counted && counted.count > 0 ? badgeText(counted) : '');
      count.hidden = !counted || counted.count === 0;
      button.setAttribute('aria-selected', String(tab === chosen));
      button.setAttribute('part', tab === chosen ? 'tab tab-chosen' : 'tab');
      button.tabIndex = tab === chosen ? 0 : -1;
    }
  }

  private choose(tab: Tab): void {
    this.tabs.get(tab)?.button.focus();
    if (tab !== this.chosen) this.onChoose(tab);
  }

  private onKey(event: KeyboardEvent): void {
    const rtl = getComputedStyle(this.element).direction === 'rtl';
    const step = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[event.key];
    const place = order.indexOf(this.chosen);
    const wanted = step !== undefined ? order.at((place + step) % order.length) : { Home: order[0], End: order.at(-1) }[event.key];
    if (wanted === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(wanted);
  }
}
