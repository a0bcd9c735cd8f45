import type { Notification } from '../core/wire.js';
import type { Language } from '../words/language.js';
import { make, setText } from './elements.js';

export interface SelectionHandlers {
  onRead: (ids: string[]) => void;
  onArchive: (ids: string[]) => void;
  onChange: () => void;
}

/** Rows that something is to be done to together. What leaves the list leaves the selection. */
export class Selection {
  readonly element = make('div', { part: 'selection', attributes: { role: 'group' } });
  private readonly count = make('span', { part: 'selection-count', attributes: { role: 'status' } });
  private readonly read = make('button', { part: 'selection-read', attributes: { type: 'button' } });
  private readonly archive = make('button', { part: 'selection-archive', attributes: { type: 'button' } });
  private readonly clearing = make('button', { part: 'selection-clear', attributes: { type: 'button' } });
  private readonly ids = new Set<string>();

  constructor(private readonly handlers: SelectionHandlers) {
    this.element.hidden = true;
    this.element.append(this.count, this.read, this.archive, this.clearing);
    this.read.addEventListener('click', () => handlers.onRead(this.take()));
    this.archive.addEventListener('click', () => handlers.onArchive(this.take()));
    this.clearing.addEventListener('click', () => this.clear());
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  get size(): number {
    return this.ids.size;
  }

  toggle(id: string): void {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.handlers.onChange();
  }

  clear(): void {
    this.take();
  }

  /** The selected ids; they are selected no more. */
  take(): string[] {
    const ids = [...this.ids];
    this.ids.clear();
    this.handlers.onChange();
    return ids;
  }

  /** @returns whether anything is selected */
  render(items: readonly Notification[], isArchive: boolean, language: Language): boolean {
    if (this.ids.size > 0) {
      const held = new Set(items.map(({ id }) => id));
      for (const id of this.ids) if (!held.has(id)) this.ids.delete(id);
    }
    const { words } = language;
    setText(this.count, words.selected(this.ids.size, language));
    setText(this.read, words.markRead);
    setText(this.archive, isArchive ? words.unarchive : words.archive);
    setText(this.clearing, words.clearSelection);
    return this.ids.size > 0;
  }
}
