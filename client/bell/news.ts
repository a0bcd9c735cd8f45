import { make } from './elements.js';
import { placeBeside } from './place.js';
import type { Language } from '../words/language.js';
import type { Notification } from '../core/wire.js';

/** How long arrivals are gathered into one word, how long a toast stands, and at most how often something is read out. Unit: ms. */
const gatherMs = 300;
const standMs = 6000;
const speakEveryMs = 3000;

/** Tells of arrivals: one toast for all that came together, and one polite sentence for screen readers. */
export class News {
  /** Invisible; what is put into it is read out. */
  readonly voice = make('div', { attributes: { class: 'hidden', role: 'status', 'aria-live': 'polite' } });
  readonly toast = make('div', { part: 'toast', attributes: { popover: 'manual', 'aria-hidden': 'true' } });
  private unshown: Notification[] = [];
  private unspoken: Notification[] = [];
  private standing: Notification[] = [];
  private spokenAt = 0;
  private showing: ReturnType<typeof setTimeout> | undefined;
  private speaking: ReturnType<typeof setTimeout> | undefined;
  private hiding: ReturnType<typeof setTimeout> | undefined;

  /** `mayToast` is asked at the moment of showing. */
  constructor(
    private readonly anchor: Element,
    private readonly mayToast: () => boolean,
    private readonly language: () => Language,
  ) {}

  add({ spoken, toasted }: { spoken: readonly Notification[]; toasted: readonly Notification[] }): void {
    this.unshown.push(...toasted);
    this.unspoken.push(...spoken);
    this.showing ??= setTimeout(() => this.show(), gatherMs);
    this.speaking ??= setTimeout(() => this.speak(), Math.max(gatherMs, this.spokenAt + speakEveryMs - Date.now()));
  }

  hideToast(): void {
    clearTimeout(this.hiding);
    this.standing = [];
    if (this.toast.matches(':popover-open')) this.toast.hidePopover();
  }

  clear(): void {
    clearTimeout(this.showing);
    clearTimeout(this.speaking);
    this.showing = this.speaking = undefined;
    this.unshown = [];
    this.unspoken = [];
    this.hideToast();
  }

  private show(): void {
    this.showing = undefined;
    const news = this.unshown.splice(0);
    if (news.length === 0 || !this.mayToast()) return;
    this.standing.push(...news);
    this.toast.textContent = this.language().news(this.standing);
    this.toast.showPopover();
    placeBeside(this.toast, this.anchor);
    clearTimeout(this.hiding);
    this.hiding = setTimeout(() => this.hideToast(), standMs);
  }

  private speak(): void {
    this.speaking = undefined;
    this.spokenAt = Date.now();
    const news = this.unspoken.splice(0);
    if (news.length > 0) this.voice.textContent = this.language().news(news);
  }
}
