import type { Language } from '../words/language.js';
import { focusIn, make, setText } from './elements.js';

/** How long something can be taken back. Unit: ms. */
const standMs = 10_000;

/** Says what was done, and takes it back. */
export class Undo {
  readonly element = make('div', { part: 'undo' });
  private readonly text = make('span', { part: 'undo-text', attributes: { role: 'status' } });
  private readonly button = make('button', { part: 'undo-button', attributes: { type: 'button', 'aria-keyshortcuts': 'z', title: 'z' } });
  private takeBack: (() => void) | undefined;
  private ending: ReturnType<typeof setTimeout> | undefined;

  /** `onLeave`: it goes, and had the focus. */
  constructor(private readonly onLeave: () => void) {
    this.element.hidden = true;
    this.element.append(this.text, this.button);
    this.button.addEventListener('click', () => this.undo());
  }

  offer(text: string, takeBack: () => void, { words }: Language): void {
    clearTimeout(this.ending);
    this.takeBack = takeBack;
    this.element.hidden = false;
    setText(this.text, text);
    setText(this.button, words.undo);
    this.ending = setTimeout(() => this.clear(), standMs);
  }

  undo(): void {
    const { takeBack } = this;
    this.clear();
    takeBack?.();
  }

  clear(): void {
    clearTimeout(this.ending);
    this.takeBack = undefined;
    const isLeft = this.element.contains(focusIn(this.element) ?? null);
    this.element.hidden = true;
    setText(this.text, '');
    if (isLeft) this.onLeave();
  }
}
