import { make, setText } from './elements.js';
import { iconSlot } from './slots.js';
import type { BadgeColors } from '../attention/icon-drawing.js';
import type { Snapshot } from '../core/client.js';
import { badgeText, type Language } from '../words/language.js';

/** What stands in the page: the bell, how many are unread, and whether something is unseen. */
export class BellButton {
  private readonly badge = make('span', { part: 'badge', attributes: { 'aria-hidden': 'true' } });
  private readonly dot = make('span', { part: 'dot', attributes: { 'aria-hidden': 'true' } });
  readonly element = make('button', {
    part: 'button', attributes: { type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false' },
  }, iconSlot(), this.badge, this.dot);

  get badgeColors(): BadgeColors {
    const { backgroundColor: ground, color: text } = getComputedStyle(this.badge);
    return { ground, text };
  }

  render({ counts, status }: Pick<Snapshot, 'counts' | 'status'>, label: string, language: Language): void {
    this.element.setAttribute('aria-label', language.bellName(label, counts?.unread, status));
    this.element.className = status;
    setText(this.badge, counts ? badgeText(counts.unread) : '');
    this.badge.hidden = !counts || counts.unread.count === 0;
    this.dot.hidden = !counts || counts.unseen.count === 0;
  }
}
