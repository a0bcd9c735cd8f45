import { make } from '../bell/elements.js';
import type { Preferences, Threshold } from '../core/wire.js';
import type { Words } from '../words/en.js';

/** One choice: what is shown of it, and what it shows of what is chosen. */
export interface Control {
  element: HTMLElement;
  show: (preferences: Preferences) => void;
}

/** From which severity on, quietest last. */
export function thresholds(words: Words): [value: Threshold, label: string][] {
  const { severity } = words;
  return [
    ['info', words.everything],
    ['success', words.fromOn(severity.success)],
    ['warning', words.fromOn(severity.warning)],
    ['critical', words.only(severity.critical)],
    ['none', words.never],
  ];
}

/** One of a few. */
export function choice<Value extends string>(
  label: string, options: readonly [Value, string][], read: (preferences: Preferences) => Value, choose: (value: Value) => void,
): Control {
  const select = make('select', {}, ...options.map(([value, text]) => make('option', { text, attributes: { value } })));
  select.addEventListener('change', () => choose(select.value as Value));
  return {
    element: make('label', {}, make('span', { text: label }), select),
    show(preferences) {
      select.value = read(preferences);
    },
  };
}

/** Yes or no. */
export function check(label: string, read: (preferences: Preferences) => boolean, choose: (on: boolean) => void): Control {
  const box = make('input', { attributes: { type: 'checkbox' } });
  box.addEventListener('change', () => choose(box.checked));
  return {
    element: make('label', { attributes: { class: 'check' } }, box, make('span', { text: label })),
    show(preferences) {
      box.checked = read(preferences);
    },
  };
}

/** `HH:MM`; not there while there is none. */
export function timeOfDay(label: string, read: (preferences: Preferences) => string | undefined, choose: (time: string) => void): Control {
  const input = make('input', { attributes: { type: 'time' } });
  const element = make('label', { attributes: { class: 'time' } }, make('span', { text: label }), input);
  input.addEventListener('change', () => {
    if (input.value !== '') choose(input.value.slice(0, 5));
  });
  return {
    element,
    show(preferences) {
      const time = read(preferences);
      element.hidden = time === undefined;
      // While it is typed, it is of whoever types.
      if (time !== undefined && !input.matches(':focus')) input.value = time;
    },
  };
}
