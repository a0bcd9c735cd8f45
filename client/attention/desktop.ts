import { safeLink } from '../bell/links.js';
import type { Notification as News } from '../core/wire.js';

/** Notifications of the operating system's. */
export class Desktop {
  /** `onClick` is for what leads nowhere. */
  constructor(private readonly onClick: () => void) {}

  /** Asks for the permission, which browsers allow at a click alone; whether there is one now. */
  static async ask(): Promise<boolean> {
    if (!('Notification' in window)) return false;
    return (await Notification.requestPermission()) === 'granted';
  }

  /** One for all that came together; with the newest one's tag, so that another browser or a repetition takes its place. */
  show(news: readonly News[], text: string, lang: string): void {
    const newest = news.at(-1);
    if (!newest || !('Notification' in window) || Notification.permission !== 'granted') return;
    const body = news.length === 1 ? (newest.body ?? '') : '';
    const shown = new Notification(text, { body, lang, tag: `belfry-${newest.id}` });
    const href = safeLink(newest.link, document.baseURI);
    shown.addEventListener('click', () => {
      window.focus();
      shown.close();
      // Into a tab of its own: somebody may be in the middle of something in this one.
      if (news.length === 1 && href !== undefined) window.open(href, '_blank', 'noopener');
      else this.onClick();
    });
  }
}
