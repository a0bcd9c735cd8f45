/** How page and bell look, as it is chosen at the foot of the page; the choices stay with the browser. */
export class Looks {
  private readonly theme = Object.assign(document.createElement('link'), { rel: 'stylesheet' });
  private bell: HTMLElement | undefined;

  /** What each select of the page does with its value. */
  private readonly choices: Record<string, (value: string) => void> = {
    theme: (name) => {
      if (name === '') this.theme.remove();
      else {
        this.theme.href = `/themes/${name}.css`;
        document.head.append(this.theme);
      }
    },
    scheme: (name) => {
      document.documentElement.style.colorScheme = name;
    },
    language: (tag) => {
      if (tag === '') this.bell?.removeAttribute('lang');
      else this.bell?.setAttribute('lang', tag);
    },
    direction: (name) => {
      if (name === '') document.documentElement.removeAttribute('dir');
      else document.documentElement.dir = name;
    },
  };

  constructor(private readonly place: HTMLElement) {
    for (const select of this.selects) {
      select.value = localStorage.getItem(select.id) ?? '';
      select.addEventListener('change', () => {
        localStorage.setItem(select.id, select.value);
        this.apply(select);
      });
      this.apply(select);
    }
  }

  /** Dresses this bell. */
  dress(bell: HTMLElement): void {
    this.bell = bell;
    for (const select of this.selects) this.apply(select);
  }

  private get selects(): HTMLSelectElement[] {
    return [...this.place.querySelectorAll('select')];
  }

  private apply({ id, value }: HTMLSelectElement): void {
    this.choices[id]?.(value);
  }
}
