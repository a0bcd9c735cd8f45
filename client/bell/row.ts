import { changeLines } from './changes.js';
import { icon } from './icons.js';
import { isUnread } from '../core/items.js';
import { make, setText } from './elements.js';
import { safeLink } from './links.js';
import { deedsFor, type Deed } from './menu.js';
import type { Language } from '../words/language.js';
import type { Notification } from '../core/wire.js';

/** One notification in the list: an element that stays the same while its notification changes. */
export class Row {
  readonly element: HTMLElement;
  private readonly severity = make('span', { part: 'severity' });
  private readonly state = make('span', { attributes: { class: 'hidden' } });
  private readonly body = make('p', { part: 'text' });
  private readonly changes = make('p', { part: 'changes' });
  private readonly mine = make('span', { part: 'mine' });
  private readonly escalated = make('span', { part: 'escalated' });
  private readonly time = make('time', { part: 'time' });
  private readonly note = make('span', { part: 'note' });
  private readonly toggle = make('button', { part: 'toggle', attributes: { type: 'button', 'data-do': 'toggle' } });
  private readonly more = make('button', {
    part: 'more', attributes: { type: 'button', 'data-do': 'more', 'aria-haspopup': 'menu', 'aria-expanded': 'false' },
  }, icon('more'));
  private readonly select = make('input', { part: 'select', attributes: { type: 'checkbox', 'data-do': 'select' } });
  private title: HTMLElement;
  private shown: Notification | undefined;
  private language: Language | undefined;
  private user: string | undefined;
  private isCurrent: boolean | undefined;
  private href: string | undefined;

  constructor(id: string) {
    this.title = make('span', { part: 'title' });
    this.element = make('article', { attributes: { tabindex: '-1', 'data-id': id } },
      this.severity,
      make('div', { attributes: { class: 'content' } },
        make('p', { attributes: { class: 'headline', id: `n${id}` } }, this.state, this.title),
        this.body,
        this.changes,
        make('p', { part: 'meta' }, this.mine, space(), this.escalated, space(), this.time, this.note)),
      make('div', { attributes: { class: 'controls' } }, this.toggle, this.more),
      this.select);
    this.element.setAttribute('aria-labelledby', `n${id}`);
  }

  get unread(): boolean {
    return this.shown !== undefined && isUnread(this.shown, this.user);
  }

  get deeds(): Deed[] {
    return this.shown ? deedsFor(this.shown, this.user) : [];
  }

  /** Where its menu opens. */
  get menuAnchor(): HTMLElement {
    return this.more;
  }

  setSelected(selected: boolean): void {
    this.select.checked = selected;
    this.element.classList.toggle('selected', selected);
  }

  get link(): HTMLAnchorElement | undefined {
    return this.title instanceof HTMLAnchorElement ? this.title : undefined;
  }

  update(notification: Notification, user: string | undefined, now: Date, language: Language): void {
    if (notification !== this.shown || language !== this.language || user !== this.user) {
      this.user = user;
      this.show(notification, now, language);
    }
    setText(this.time, language.age(new Date(notification.createdAt), now));
  }

  /** Only one row's own controls are in the tab order: the one that the arrow keys have come to. */
  setCurrent(current: boolean): void {
    if (current === this.isCurrent) return;
    this.isCurrent = current;
    this.element.tabIndex = current ? 0 : -1;
    for (const control of [this.toggle, this.more, this.select, this.link]) if (control) control.tabIndex = current ? 0 : -1;
  }

  /** `total`: undefined where nobody knows. */
  setPlace(position: number, total: number | undefined): void {
    this.element.setAttribute('aria-posinset', String(position));
    this.element.setAttribute('aria-setsize', String(total ?? -1));
  }

  private show(notification: Notification, now: Date, language: Language): void {
    const { words } = language;
    const { severity, title, body, link, createdAt, escalatedAt = null, resolvedAt, changed = [] } = notification;
    if (severity !== this.shown?.severity) this.severity.replaceChildren(icon(severity));
    this.shown = notification;
    this.language = language;
    const { unread } = this;
    this.element.setAttribute('part', `row ${unread ? 'row-unread' : 'row-read'} row-${severity}`);
    this.element.className = `row ${severity}${unread ? ' unread' : ''}${this.select.checked ? ' selected' : ''}`;
    setText(this.state, words.rowState(words.severity[severity], unread));
    this.linkTo(safeLink(link, document.baseURI));
    setText(this.title, title);
    setText(this.body, body ?? '');
    this.body.hidden = body === null || body === '';
    this.changes.replaceChildren(...changeLines(changed, language));
    this.changes.hidden = changed.length === 0;
    this.time.dateTime = createdAt;
    this.time.title = language.moment(new Date(createdAt));
    this.mine.hidden = this.user === undefined || notification.mentions?.includes(this.user) !== true;
    setText(this.mine, words.forYou);
    // What is settled calls for nobody any more.
    this.escalated.hidden = escalatedAt === null || resolvedAt !== null;
    setText(this.escalated, words.escalated);
    this.escalated.title = escalatedAt === null ? '' : language.moment(new Date(escalatedAt));
    setText(this.note, noteOn(notification, this.user, now, language));
    this.more.title = words.more(title);
    this.more.setAttribute('aria-label', words.more(title));
    this.select.setAttribute('aria-label', words.select(title));
    const action = unread ? words.markRead : words.markUnread;
    this.toggle.title = action;
    this.toggle.setAttribute('aria-label', action);
    this.toggle.hidden = !this.deeds.some((deed) => deed === 'read' || deed === 'unread');
  }

  private linkTo(href: string | undefined): void {
    if (href === this.href) return;
    this.href = href;
    const title = make(href === undefined ? 'span' : 'a', { part: 'title' });
    if (title instanceof HTMLAnchorElement && href !== undefined) {
      title.href = href;
      title.rel = 'noopener noreferrer';
      title.dataset.do = 'follow';
      title.tabIndex = this.element.tabIndex;
    }
    this.title.replaceWith(title);
    this.title = title;
  }
}

/** Between two in a line, whichever way it reads. */
function space(): Text {
  return document.createTextNode(' ');
}

function noteOn({ occurrences, resolvedAt, resolvedBy, claimedBy, snoozedUntil }: Notification, user: string | undefined, now: Date, language: Language): string {
  const { words } = language;
  const notes: string[] = [];
  if (occurrences > 1) notes.push(words.times(occurrences, language));
  if (resolvedAt !== null) notes.push(resolvedBy === null ? words.settled : words.settledBy(resolvedBy));
  else if (claimedBy !== null) notes.push(claimedBy === user ? words.claimedByMe : words.claimedBy(claimedBy));
  if (snoozedUntil !== null) notes.push(words.asleepUntil(language.clock(new Date(snoozedUntil), now)));
  return notes.map((note) => ` · ${note}`).join('');
}
