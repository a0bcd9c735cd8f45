import { make, setText } from './elements.js';
import type { FeedSnapshot } from '../core/feed.js';
import type { Language } from '../words/language.js';

/** Says of when the list is, where it was asked for anew in vain, and asks once more. By itself it is asked for again too. */
export class Stale {
  readonly element = make('div', { part: 'stale' });
  private readonly text = make('span', { part: 'stale-text', attributes: { role: 'status' } });
  private readonly retry = make('button', { part: 'stale-retry', attributes: { type: 'button' } });

  constructor(onRetry: () => void) {
    this.element.append(this.text, this.retry);
    this.retry.addEventListener('click', onRetry);
  }

  /** @returns whether there is anything to say */
  render({ asOf, loading, loaded }: FeedSnapshot, now: Date, language: Language): boolean {
    const { words } = language;
    const isStale = asOf !== undefined && loaded;
    setText(this.text, isStale ? words.staleAsOf(language.clock(new Date(asOf), now)) : '');
    setText(this.retry, loading === undefined ? words.tryAgain : words.loading);
    this.retry.setAttribute('aria-disabled', String(loading !== undefined));
    return isStale;
  }
}
