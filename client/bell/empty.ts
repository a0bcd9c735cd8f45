import { icon } from './icons.js';
import { make, setText } from './elements.js';
import { emptySlot } from './slots.js';
import type { Snapshot } from '../core/client.js';
import type { FeedSnapshot } from '../core/feed.js';
import type { Tab, Words } from '../words/en.js';
import type { Language } from '../words/language.js';

export interface Shown extends FeedSnapshot, Pick<Snapshot, 'status'> {
  tab: Tab;
}

/** What stands where the list would be: that nothing is there, that it is on its way, or why it has not come. */
export class Empty {
  readonly retry = make('button', { part: 'retry', attributes: { type: 'button' } });
  private readonly message = make('p');
  private readonly hint = make('p', { part: 'hint' });
  readonly element: HTMLElement = make('div', { part: 'empty' }, icon('bell'),
    make('div', { attributes: { role: 'status' } }, this.message, emptySlot(() => this.element)), this.hint, this.retry,
    ...Array.from({ length: 4 }, () => make('div', { part: 'skeleton', attributes: { 'aria-hidden': 'true' } })));

  constructor(onRetry: () => void) {
    this.retry.addEventListener('click', onRetry);
  }

  /** Of a list that has come, what there is to be tried again is said above it. */
  canRetry({ status, error, loaded }: Shown): boolean {
    return status === 'signed-out' || (error !== undefined && !loaded);
  }

  render(shown: Shown, isFiltered: boolean, { words }: Language): void {
    const { items, status, loaded, error, tab } = shown;
    const signedOut = status === 'signed-out';
    this.element.hidden = items.length > 0;
    // What the page says of an empty list is said of those that are empty because nothing has come, or all is read.
    const plain = loaded && !error && !signedOut && !isFiltered && (tab === 'all' || tab === 'unread');
    const isWaiting = !loaded && !error && !signedOut;
    this.element.className = plain ? 'plain' : isWaiting ? 'waiting' : '';
    setText(this.message, signedOut ? words.signedOutTitle : wordFor(words, shown, isFiltered));
    setText(this.hint, signedOut ? words.signedOutHint : hintFor(words, shown, isFiltered));
    setText(this.retry, words.tryAgain);
  }
}

function wordFor(words: Words, { loaded, error, tab, hasOlder }: Shown, isFiltered: boolean): string {
  if (error && !loaded) return words.loadFailed;
  if (!loaded) return words.loading;
  if (isFiltered) return hasOlder ? words.nothingFoundYet : words.nothingFound;
  return words.emptyTab[tab];
}

function hintFor(words: Words, { loaded, error, tab }: Shown, isFiltered: boolean): string {
  if (error && !loaded) return error.message;
  return loaded && tab === 'all' && !isFiltered ? words.emptyHint : '';
}
