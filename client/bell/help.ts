import type { Language } from '../words/language.js';
import { focusIn, giveBack, make } from './elements.js';

const keys = [
  ['j k', 'move'], ['Enter', 'follow'], ['u', 'read'], ['e', 'archive'], ['s', 'snooze'], ['c', 'claim'], ['x', 'select'],
  ['z', 'undo'], ['Shift A', 'all'], ['/', 'search'], ['?', 'help'], ['Esc', 'close'],
] as const;

/** The keys, and what they do. */
export class Help {
  readonly element = make('div', { part: 'help', attributes: { popover: 'auto', role: 'dialog', tabindex: '-1' } });
  private before: HTMLElement | undefined;

  constructor() {
    this.element.addEventListener('beforetoggle', (event) => {
      if (event.newState === 'closed') giveBack(this.element, this.before);
    });
  }

  toggle({ words }: Language): void {
    if (this.element.matches(':popover-open')) {
      this.element.hidePopover();
      return;
    }
    this.element.setAttribute('aria-label', words.help);
    this.element.replaceChildren(make('h3', { part: 'help-heading', text: words.help }), make('dl', {}, ...keys.flatMap(([key, what]) => [
      make('dt', {}, ...key.split(' ').map((one) => make('kbd', { text: one }))), make('dd', { text: words.keys[what] })])));
    this.before = focusIn(this.element);
    this.element.showPopover();
    this.element.focus();
  }
}
