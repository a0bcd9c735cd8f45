/** The unread number before the page's title, "(3) Orders", whatever the page makes of its title meanwhile. */
export class PageTitle {
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
    const bare = title.startsWith(this.prefix) ? title.slice(this.prefix.length) : title;
    if (title !== prefix + bare) document.title = prefix + bare;
    this.prefix = prefix;
    if (prefix !== '') this.observer.observe(document.head, { childList: true, characterData: true, subtree: true });
  }
}
