import { make } from '../bell/elements.js';
import { badged, type BadgeColors } from './icon-drawing.js';

/** More would be too small to read. */
const highest = 99;
const drawnType = 'image/png';

/** An icon as the page has it, and what stands in its place. */
interface Original {
  href: string | null;
  type: string | null;
  /** `undefined` while it is on its way. */
  image: HTMLImageElement | 'none' | undefined;
  shown: string;
  text: string;
}

/** The unread number on the page's icon, whatever the page makes of its icon meanwhile. Its links stay in place: frameworks hold on to them. */
export class PageIcon {
  private text = '';
  private colors: BadgeColors | undefined;
  private readonly originals = new Map<HTMLLinkElement, Original>();
  /** For a page without a link of its own. */
  private made: HTMLLinkElement | undefined;
  private readonly observer = new MutationObserver(() => this.draw());

  show(count: number, colors: BadgeColors): void {
    const text = count > highest ? `${highest}+` : String(count);
    if (text === this.text) return;
    if (this.text === '') this.observer.observe(document.head, { childList: true, subtree: true, attributeFilter: ['href', 'rel'] });
    this.text = text;
    this.colors = colors;
    this.draw();
  }

  /** The icon as the page has it. */
  restore(): void {
    this.text = '';
    this.observer.disconnect();
    for (const link of this.originals.keys()) this.giveBack(link);
    for (const link of document.head.querySelectorAll<HTMLLinkElement>('link[data-belfry-icon]')) undraw(link);
  }

  private draw(): void {
    const links = [...document.querySelectorAll<HTMLLinkElement>('link[rel~=icon i]')].filter((link) => link !== this.made);
    if (links.length === 0) {
      // What browsers ask for by themselves where no link says otherwise.
      this.made ??= make('link', { attributes: { rel: 'icon', href: '/favicon.ico' } });
      if (!this.made.isConnected) document.head.append(this.made);
      links.push(this.made);
    }
    for (const link of this.originals.keys()) if (!links.includes(link)) this.giveBack(link);
    for (const link of links) this.drawOn(link);
  }

  private drawOn(link: HTMLLinkElement): void {
    const held = this.originals.get(link);
    if (held?.shown === link.href) {
      this.paint(link, held);
      return;
    }
    if (!held) undraw(link);
    // A page that changes where it leads may leave the type as it found it.
    const type = held && link.type === drawnType ? held.type : link.getAttribute('type');
    const original: Original = { href: link.getAttribute('href'), type, image: undefined, shown: link.href, text: '' };
    this.originals.set(link, original);
    const image = new Image();
    image.addEventListener('load', () => this.take(link, original, image));
    image.addEventListener('error', () => this.take(link, original, 'none'));
    // Of another origin that does not let it be read, it is not loaded: drawn, it would make the canvas unreadable.
    image.crossOrigin = 'anonymous';
    image.src = link.href;
  }

  private take(link: HTMLLinkElement, original: Original, image: HTMLImageElement | 'none'): void {
    original.image = image;
    // It may have been given back, or changed by the page, while its image was on its way.
    if (this.originals.get(link) === original && link.href === original.shown) this.paint(link, original);
  }

  private paint(link: HTMLLinkElement, original: Original): void {
    const { image, text } = original;
    if (image === undefined || text === this.text || !this.colors) return;
    original.text = this.text;
    link.href = badged(image === 'none' ? undefined : image, this.text, this.colors);
    link.type = drawnType;
    link.dataset.belfryIcon = original.href ?? '';
    original.shown = link.href;
  }

  private giveBack(link: HTMLLinkElement): void {
    const original = this.originals.get(link);
    this.originals.delete(link);
    delete link.dataset.belfryIcon;
    if (original?.shown === link.href) {
      put(link, 'href', original.href);
      put(link, 'type', original.type);
    }
    if (link !== this.made) return;
    link.remove();
    this.made = undefined;
  }
}

/** Libraries that swap pages (Turbo, htmx) keep a page as it is, drawn on, and bring a copy of it back. */
function undraw(link: HTMLLinkElement): void {
  const href = link.dataset.belfryIcon;
  if (href === undefined) return;
  delete link.dataset.belfryIcon;
  link.href = href;
  link.removeAttribute('type');
}

function put(link: HTMLLinkElement, name: string, value: string | null): void {
  if (value === null) link.removeAttribute(name);
  else link.setAttribute(name, value);
}
