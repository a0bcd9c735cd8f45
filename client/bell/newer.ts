import { compareIds, placeOf, type Notification } from '../core/wire.js';
import { make, setText } from './elements.js';
import type { Language } from '../words/language.js';

/** What has come in above while the list was scrolled down: "3 new", and the way there. The list itself stays where it is. */
export class Newer {
  readonly element = make('button', { part: 'newer', attributes: { type: 'button' } });
  /** The newest that was there when the list last stood at its top. */
  private newestSeen: string | undefined;

  constructor(onClick: () => void) {
    this.element.addEventListener('click', onClick);
  }

  /** How many there are; 0 at the top of the list, where all can be seen. */
  count(items: readonly Notification[], atTop: boolean): number {
    if (atTop || this.newestSeen === undefined) this.newestSeen = items[0] && placeOf(items[0]);
    const { newestSeen } = this;
    if (newestSeen === undefined) return 0;
    // They are the first ones: the thousands below need no look.
    const known = items.findIndex((item) => compareIds(placeOf(item), newestSeen) <= 0);
    return known < 0 ? items.length : known;
  }

  say(count: number, language: Language): void {
    setText(this.element, language.words.newer(count, language));
  }
}
