import { icon } from './icons.js';
import { make } from './elements.js';

/** The page's own icon in the bell's button, else the bell's. */
export function iconSlot(): HTMLElement {
  return make('slot', { attributes: { name: 'icon' } }, icon('bell'));
}

/** What the page says of an empty list. `holder` has `data-own` while there is something. */
export function emptySlot(holder: () => HTMLElement): HTMLElement {
  const slot = make('slot', { attributes: { name: 'empty' } });
  slot.addEventListener('slotchange', () => holder().toggleAttribute('data-own', slot.assignedNodes().length > 0));
  return slot;
}

/** Below the list, where it stays however far that is scrolled; not there while the page has put nothing into it. */
export function pageFooter(): HTMLElement {
  const slot = make('slot', { attributes: { name: 'footer' } });
  const footer = make('div', { part: 'page-footer', attributes: { hidden: '' } }, slot);
  slot.addEventListener('slotchange', () => (footer.hidden = slot.assignedNodes().length === 0));
  return footer;
}
