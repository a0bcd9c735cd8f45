/** Lays one of Belfry's themes over the bell, or none; the choice stays with the browser. */
export function themeSwitch(select: HTMLElement): void {
  if (!(select instanceof HTMLSelectElement)) return;
  const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet' });
  const lay = (): void => {
    if (select.value === '') sheet.remove();
    else {
      sheet.href = `/themes/${select.value}.css`;
      document.head.append(sheet);
    }
  };
  select.value = localStorage.getItem('theme') ?? '';
  select.addEventListener('change', () => {
    localStorage.setItem('theme', select.value);
    lay();
  });
  lay();
}
