/** The unread number before the page's title, "(3) Orders", whatever the page makes of its title meanwhile. */
export class PageTitle {
  /**
   * Prefixes that were written on this page. Libraries that swap pages (Turbo, htmx) keep a page with its title as it was, and bring it back
   * with the number of then.
   */
  private static readonly written = new Set<string>();
  private prefix = '';
  private readonly observer = new MutationObserver(() => this.write(this.prefix));

  /** `''`: none. */
  show(count: string): void {
    const prefix = count === '' ? '' : `(${count}) `;
    if (prefix !== this.prefix) this.write(prefix);
  }

  /** The title as the page has it. */
  restore(): void {
    this.write('');
  }

  private write(prefix: string): void {
    this.observer.disconnect();
    const { title } = document;
    const [head = ''] = /^\(\d+\+?\) /.exec(title) ?? [];
    const bare = PageTitle.written.has(head) ? title.slice(head.length) : title;
    if (title !== prefix + bare) document.title = prefix + bare;
    this.prefix = prefix;
    PageTitle.written.add(prefix);
    if (prefix !== '') this.observer.observe(document.head, { childList: true, characterData: true, subtree: true });
  }
}
