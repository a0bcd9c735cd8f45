import { isUnread } from '../core/items.js';
import type { Notification } from '../core/wire.js';
import type { Language } from '../words/language.js';
import type { Snooze } from '../words/en.js';
import { giveBack, make } from './elements.js';

/** What can be done to a row. */
export type Deed = 'read' | 'unread' | 'archive' | 'unarchive' | 'claim' | 'release' | 'resolve' | 'unsnooze' | `snooze:${Snooze}`;

/** What can be done to a notification as it stands, by this user. */
export function deedsFor(notification: Notification, user: string | undefined): Deed[] {
  const { archivedAt, snoozedUntil, resolvedAt, claimedBy } = notification;
  if (archivedAt !== null) return ['unarchive'];
  if (snoozedUntil !== null) return ['unsnooze', 'archive'];
  const away: Deed[] = ['archive', 'snooze:hour', 'snooze:evening', 'snooze:tomorrow', 'snooze:monday'];
  if (resolvedAt !== null) return away;
  const isMine = claimedBy !== null && claimedBy === user;
  const shared: Deed[] = claimedBy === null ? ['claim', 'resolve'] : isMine ? ['release', 'resolve'] : [];
  const own: Deed[] = claimedBy === null || isMine ? [isUnread(notification, user) ? 'read' : 'unread'] : [];
  return [...own, ...shared, ...away];
}

/** What can be done to one row, and by which key: one menu for all rows. */
export class Menu {
  readonly element = make('div', { part: 'menu', attributes: { popover: 'auto', role: 'menu' } });
  private anchor: HTMLElement | undefined;
  private onChoose: (deed: Deed) => void = () => undefined;

  constructor() {
    this.element.addEventListener('keydown', (event) => this.onKey(event));
    this.element.addEventListener('click', (event) => {
      const deed = (event.target as Element).closest<HTMLElement>('[data-deed]')?.dataset.deed;
      if (deed === undefined) return;
      this.element.hidePopover();
      this.onChoose(deed as Deed);
    });
    this.element.addEventListener('toggle', (event) => {
      this.anchor?.setAttribute('aria-expanded', String(event.newState === 'open'));
    });
    this.element.addEventListener('beforetoggle', (event) => {
      if (event.newState === 'closed') giveBack(this.element, this.anchor);
    });
  }

  /** Opens beside the anchor, which has the focus again afterwards; `first`: with the focus on the first of these. */
  open(anchor: HTMLElement, deeds: readonly Deed[], language: Language, onChoose: (deed: Deed) => void, first = ''): void {
    this.onChoose = onChoose;
    this.anchor = anchor;
    this.element.setAttribute('aria-label', anchor.getAttribute('aria-label') ?? '');
    this.element.replaceChildren(...deeds.map((deed) => make('button', {
      part: 'menu-item', text: this.word(deed, language), attributes: { type: 'button', role: 'menuitem', tabindex: '-1', 'data-deed': deed },
    })));
    this.element.showPopover();
    this.place(anchor);
    const items = this.items();
    (items.find((item) => item.dataset.deed?.startsWith(first)) ?? items[0])?.focus();
  }

  private items(): HTMLElement[] {
    return [...this.element.querySelectorAll<HTMLElement>('[data-deed]')];
  }

  private word(deed: Deed, { words }: Language): string {
    if (deed === 'read') return words.markRead;
    if (deed === 'unread') return words.markUnread;
    if (deed.startsWith('snooze:')) return `${words.snooze}: ${words.snoozeUntil[deed.slice(7) as Snooze]}`;
    return words[deed as 'archive'];
  }

  private place(anchor: Element): void {
    const { bottom, top, left, right } = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height, style } = this.element;
    const below = bottom + height + 8 <= innerHeight;
    const [fromLeft, fromRight] = [left + width + 8 <= innerWidth, right - width >= 8];
    const isRtl = getComputedStyle(anchor).direction === 'rtl';
    const x = (isRtl ? !fromRight : fromLeft) ? left : right - width;
    style.setProperty('left', `${Math.max(8, x)}px`);
    style.setProperty('top', `${Math.max(8, below ? bottom + 4 : top - height - 4)}px`);
  }

  private onKey(event: KeyboardEvent): void {
    const items = this.items();
    const place = items.indexOf(event.target as HTMLElement);
    const target = { ArrowDown: (place + 1) % items.length, ArrowUp: (place + items.length - 1) % items.length, Home: 0, End: items.length - 1 }[event.key];
    // Nothing that is pressed here is the list's.
    event.stopPropagation();
    if (event.key === 'Tab') this.element.hidePopover();
    if (target === undefined) return;
    event.preventDefault();
    items[target]?.focus();
  }
}

/** When something that is put away "until tomorrow morning" comes back, by the clock of whoever says it. */
export function snoozeUntil(what: Snooze, now: Date): Date {
  const at = (days: number, hour: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  switch (what) {
    case 'hour':
      return new Date(now.getTime() + 3_600_000);
    case 'evening':
      return now.getHours() < 18 ? at(0, 18) : at(1, 18);
    case 'tomorrow':
      return at(1, 9);
    case 'monday':
      return at(((8 - now.getDay()) % 7) || 7, 9);
  }
}
