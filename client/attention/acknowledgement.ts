import { make, setText } from '../bell/elements.js';
import { isUnread } from '../core/items.js';
import type { Snapshot } from '../core/client.js';
import { compareIds, placeOf, type Notification } from '../core/wire.js';
import type { Language } from '../words/language.js';

/**
 * What stands on the page until somebody has acknowledged it, which marks it read; on every tab and device of theirs it then goes.
 * It takes no focus: whoever is typing types on.
 */
export class Acknowledgement {
  readonly element = make('div', {
    part: 'acknowledge', attributes: { popover: 'manual', role: 'alertdialog', 'aria-labelledby': 'critical' },
  });
  private readonly line = make('p', { part: 'acknowledge-text', attributes: { id: 'critical' } });
  private readonly button = make('button', { part: 'acknowledge-button', attributes: { type: 'button' } });
  private standing: readonly Notification[] = [];
  /** The last ones acknowledged, should that fail. */
  private acknowledged: readonly Notification[] = [];

  constructor(onAcknowledge: (ids: readonly string[]) => void) {
    this.element.append(this.line, this.button);
    this.button.addEventListener('click', () => {
      const acknowledged = this.standing;
      this.clear();
      this.acknowledged = acknowledged;
      onAcknowledge(acknowledged.map(({ id }) => id));
    });
  }

  add(notifications: readonly Notification[]): void {
    this.standing = [...this.standing, ...notifications];
  }

  /** The server has refused a mark: what is still unread stands again. */
  takeBack(): void {
    this.add(this.acknowledged);
    this.acknowledged = [];
  }

  /** What has been read or settled meanwhile, wherever, stands no longer. */
  render({ items, user, loaded }: Snapshot, language: Language): void {
    if (this.standing.length === 0 || !loaded) return;
    const held = new Map(items.map((item) => [item.id, item]));
    const last = items.at(-1);
    const oldest = last ? placeOf(last) : '0';
    this.standing = this.standing.filter((one) => {
      const item = held.get(one.id);
      // So many have come since that it is held no more; or it is this admin's no more.
      return item === undefined ? compareIds(placeOf(one), oldest) < 0 : isUnread(item, user);
    });
    if (this.standing.length === 0) {
      this.clear();
      return;
    }
    setText(this.line, language.news(this.standing));
    setText(this.button, language.words.acknowledge);
    if (!this.element.matches(':popover-open')) this.element.showPopover();
  }

  clear(): void {
    this.standing = this.acknowledged = [];
    if (this.element.matches(':popover-open')) this.element.hidePopover();
  }
}
