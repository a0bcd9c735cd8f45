import { make } from './elements.js';
import { placeBeside } from './place.js';
import { Gathering } from '../attention/gathering.js';
import type { Language } from '../words/language.js';
import type { Notification } from '../core/wire.js';

/** How long arrivals are gathered into one word, and at most how often something is read out. Unit: ms. */
const gatherMs = 300;
const speakEveryMs = 3000;
/** How long a toast stands after the last that it tells of; how long at most, on a busy day; and the rest that there is then. Unit: ms. */
const standMs = 6000;
const standAtMostMs = 20_000;
const restMs = 20_000;

/** Tells of arrivals: one toast, which adds up what comes while it stands, and one polite sentence for screen readers. */
export class News {
  /** Invisible; what is put into it is read out. */
  readonly voice = make('div', { attributes: { class: 'hidden', role: 'status', 'aria-live': 'polite' } });
  readonly toast = make('div', { part: 'toast', attributes: { popover: 'manual', 'aria-hidden': 'true' } });
  private readonly unshown = new Gathering<Notification>((news) => this.show(news));
  private readonly unspoken = new Gathering<Notification>((news) => this.speak(news));
  private standing: Notification[] = [];
  private spokenAt = 0;
  private shownAt = 0;
  private restsUntil = 0;
  private hiding: ReturnType<typeof setTimeout> | undefined;

  /** `mayToast` is asked at the moment of showing. */
  constructor(
    private readonly anchor: Element,
    private readonly mayToast: () => boolean,
    private readonly language: () => Language,
  ) {}

  add({ spoken, toasted }: { spoken: readonly Notification[]; toasted: readonly Notification[] }): void {
    const now = Date.now();
    const isCritical = toasted.some(({ severity }) => severity === 'critical');
    this.unshown.add(toasted, isCritical ? gatherMs : within(this.restsUntil - now, restMs));
    this.unspoken.add(spoken, within(this.spokenAt + speakEveryMs - now, speakEveryMs));
  }

  /** Whoever looks at the list needs no toast, of what waits for one neither. */
  hideToast(): void {
    this.unshown.clear();
    this.endToast();
  }

  clear(): void {
    this.unspoken.clear();
    this.hideToast();
  }

  private show(news: readonly Notification[]): void {
    if (!this.mayToast()) return;
    const now = Date.now();
    if (this.standing.length === 0) this.shownAt = now;
    this.standing.push(...news);
    this.toast.textContent = this.language().news(this.standing);
    this.toast.showPopover();
    placeBeside(this.toast, this.anchor);
    clearTimeout(this.hiding);
    const mostMs = Math.max(0, this.shownAt + standAtMostMs - now);
    this.hiding = setTimeout(() => {
      if (mostMs < standMs) this.restsUntil = Date.now() + restMs;
      this.endToast();
    }, Math.min(standMs, mostMs));
  }

  private endToast(): void {
    clearTimeout(this.hiding);
    this.standing = [];
    if (this.toast.matches(':popover-open')) this.toast.hidePopover();
  }

  private speak(news: readonly Notification[]): void {
    this.spokenAt = Date.now();
    this.voice.textContent = this.language().news(news);
  }
}

/** At most so long, whatever has been done to the clock meanwhile. */
function within(waitMs: number, atMostMs: number): number {
  return Math.max(gatherMs, Math.min(waitMs, atMostMs));
}
