import { make, setText } from './elements.js';
import type { FeedSnapshot } from '../core/feed.js';
import type { Language } from '../words/language.js';

/** Older ones are asked for when the list's end is this near to what can be seen. Unit: CSS pixels. */
const ahead = 400;

/**
 * The list's end: older ones are loaded when it comes near. The button does it from the keyboard, once more where it failed, and in a
 * search, which looks so far back only as somebody asks.
 */
export class Older {
  readonly button = make('button', { part: 'load-older', attributes: { type: 'button' } });
  readonly element = make('div', { part: 'footer' }, this.button);
  private readonly watch: IntersectionObserver;
  /** What is watched for: the end of a list of so many; none while nothing is to be loaded. */
  private watched: number | undefined;

  /** `scroller`: what the list is scrolled in. */
  constructor(scroller: Element, onOlder: () => void) {
    this.watch = new IntersectionObserver((entries) => {
      if (entries.at(-1)?.isIntersecting) onOlder();
    }, { root: scroller, rootMargin: `0px 0px ${ahead}px` });
    this.button.addEventListener('click', onOlder);
  }

  /** @returns whether there is anything older to be had by the button */
  render({ items, hasOlder, loading, failed }: FeedSnapshot, isFiltered: boolean, { words }: Language): boolean {
    this.element.className = loading === 'older' ? 'busy' : '';
    this.button.setAttribute('aria-disabled', String(loading !== undefined));
    const hasFailed = failed === 'older';
    setText(this.button, loading === 'older' ? words.loading : hasFailed ? words.olderFailed : isFiltered ? words.lookFurther : words.loadOlder);
    this.watchFor(hasOlder && loading === undefined && !hasFailed && !isFiltered && items.length > 0 ? items.length : undefined);
    return hasOlder && (items.length > 0 || isFiltered);
  }

  /** Of what comes to be watched the browser says at once where it is: a page that has not filled the panel is followed by the next. */
  private watchFor(count: number | undefined): void {
    if (count === this.watched) return;
    this.watched = count;
    this.watch.disconnect();
    if (count !== undefined) this.watch.observe(this.element);
  }
}
