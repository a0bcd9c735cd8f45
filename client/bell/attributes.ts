/**
 * The bell's attributes as properties too: frameworks set a property where there is one, and an attribute where there is none.
 * `undefined` and `null` take the attribute away.
 */
export class BellAttributes extends HTMLElement {
  /** Where Belfry is: the address before `/v1`. Default: where the script came from. */
  get src(): string | null {
    return this.getAttribute('src');
  }

  set src(value: string | null | undefined) {
    this.reflect('src', value);
  }

  /** Heading, and the bell's name for screen readers. Default: "Notifications", in the bell's language. */
  get label(): string | null {
    return this.getAttribute('label');
  }

  set label(value: string | null | undefined) {
    this.reflect('label', value);
  }

  /** `light`, `dark`, or `auto`: as the page's own `color-scheme`. Default: `auto`. */
  get theme(): string | null {
    return this.getAttribute('theme');
  }

  set theme(value: string | null | undefined) {
    this.reflect('theme', value);
  }

  /** `off`: no toast. Default: as the preferences say. */
  get toast(): string | null {
    return this.getAttribute('toast');
  }

  set toast(value: string | null | undefined) {
    this.reflect('toast', value);
  }

  /** Asks for the system's metrics. Default: false. */
  get metrics(): boolean {
    return this.hasAttribute('metrics');
  }

  set metrics(value: boolean | string | null | undefined) {
    // `''` is the attribute's own way of being there.
    this.toggleAttribute('metrics', value === '' || Boolean(value));
  }

  /** The unread number on the page's icon too. Default: false. */
  get faviconBadge(): boolean {
    return this.hasAttribute('favicon-badge');
  }

  set faviconBadge(value: boolean | string | null | undefined) {
    this.toggleAttribute('favicon-badge', value === '' || Boolean(value));
  }

  /** Set before the script was there, a property is one of the bare element's and hides the bell's own: it is set once more. */
  protected takeUp(names: readonly string[]): void {
    for (const name of names) {
      if (!Object.hasOwn(this, name)) continue;
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
  }

  private reflect(name: string, value: string | null | undefined): void {
    if (value === null || value === undefined) this.removeAttribute(name);
    else this.setAttribute(name, value);
  }
}
