import { make } from './elements.js';
import type { Changed } from '../core/wire.js';
import type { Language } from '../words/language.js';

/**
 * What an update did to the row: a line for each column, old → new, in the direction of the column's name, in which the arrow points too.
 * For screen readers the arrow is a word.
 */
export function changeLines(changed: readonly Changed[], { words }: Language): HTMLElement[] {
  const value = (text: string | null): string => (text === null || text === '' ? words.noValue : text);
  return changed.map(({ column, from, to }) => make('span', { part: 'change', attributes: { dir: 'auto' } },
    make('span', { part: 'change-column', text: column }), document.createTextNode(' '),
    make('del', { part: 'change-old', text: value(from) }),
    make('span', { attributes: { class: 'arrow', 'aria-hidden': 'true' }, text: ' → ' }),
    make('span', { attributes: { class: 'hidden' }, text: words.becomes }),
    make('ins', { part: 'change-new', text: value(to) })));
}
