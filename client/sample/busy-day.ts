import { setText } from '../bell/elements.js';
import { ask } from './shop.js';

interface Busy {
  perSecond: number;
}

/** The switch for a day on which much is written, and its rate in rows a second. */
export function busyDay(form: HTMLElement, onError: (error: unknown) => void): { refresh: () => Promise<void> } {
  const on = form.querySelector<HTMLInputElement>('#busy-on');
  const rate = form.querySelector<HTMLInputElement>('#busy-rate');
  const shown = form.querySelector('output');
  if (!on || !rate || !shown) throw new Error('The page has no busy-day switch.');

  const show = (): void => setText(shown, `${rate.value} rows a second`);
  const set = async (): Promise<void> => {
    try {
      await ask<Busy>('PUT', '/shop/busy', { perSecond: on.checked ? Number(rate.value) : 0 });
    } catch (error) {
      onError(error);
    }
  };
  rate.addEventListener('input', show);
  on.addEventListener('change', () => void set());
  rate.addEventListener('change', () => on.checked && void set());
  form.addEventListener('submit', (event) => event.preventDefault());
  show();
  return {
    async refresh() {
      const perSecond = (await ask<Busy>('GET', '/shop/busy'))?.perSecond ?? 0;
      on.checked = perSecond > 0;
      if (perSecond > 0) rate.value = String(perSecond);
      show();
    },
  };
}
