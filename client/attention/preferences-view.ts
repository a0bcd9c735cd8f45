import { icon } from '../bell/icons.js';
import { make, setText } from '../bell/elements.js';
import type { Preferences } from '../core/wire.js';
import type { Language } from '../words/language.js';
import { check, choice, thresholds, timeOfDay, type Control } from './preference-controls.js';

export interface PreferencesHandlers {
  language: () => Language;
  /** Undefined: nothing is kept for this admin, so there is nothing to choose. */
  preferences: () => Preferences | undefined;
  /** Topics that there are to mute. */
  topics: () => Promise<readonly string[]>;
  save: (preferences: Preferences) => void;
  /** Asks for the browser's permission; to be called at a click. */
  allowDesktop: () => Promise<boolean>;
  onOpen: () => void;
}

/** What an admin wants to be disturbed by, to be chosen: a gear, and what it shows in place of the list. Each choice is kept at once. */
export class PreferencesView {
  readonly button = make('button', {
    part: 'settings-button', attributes: { type: 'button', 'aria-expanded': 'false', 'aria-controls': 'settings' },
  }, icon('gear'));
  readonly element = make('section', { part: 'settings', attributes: { id: 'settings', hidden: '' } });
  private controls: Control[] = [];
  private readonly topicList = make('div', { attributes: { class: 'topics' } });
  private readonly note = make('p', { part: 'settings-note', attributes: { role: 'status' } });

  constructor(private readonly handlers: PreferencesHandlers) {
    this.button.addEventListener('click', () => (this.isOpen ? this.close() : this.open()));
    // The panel's keys are the list's.
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') event.stopPropagation();
    });
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  render(): void {
    const preferences = this.handlers.preferences();
    const { words } = this.handlers.language();
    this.button.hidden = preferences === undefined;
    this.button.setAttribute('aria-label', words.settings);
    this.button.title = words.settings;
    if (preferences === undefined) this.close();
    else if (this.isOpen) for (const control of this.controls) control.show(preferences);
  }

  close(): void {
    if (!this.isOpen) return;
    const within = this.element.contains((this.element.getRootNode() as ShadowRoot).activeElement);
    this.element.hidden = true;
    this.button.setAttribute('aria-expanded', 'false');
    if (within) this.button.focus();
  }

  private open(): void {
    this.handlers.onOpen();
    this.build();
    this.element.hidden = false;
    this.button.setAttribute('aria-expanded', 'true');
    this.render();
    this.element.querySelector<HTMLElement>('select, input')?.focus();
  }

  private build(): void {
    const { words } = this.handlers.language();
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const quiet = this.handlers.preferences()?.quietHours;
    const hours = (part: object): Partial<Preferences> => {
      const { from, to, timeZone } = this.handlers.preferences()?.quietHours ?? { from: '22:00', to: '07:00', timeZone: zone };
      return { quietHours: { from, to, timeZone, ...part } };
    };
    const change = (part: Partial<Preferences>): void => this.change(part);
    const levels = thresholds(words);
    const [topics, done] = [make('fieldset', {}, make('legend', { text: words.mutedTopics }), this.topicList), make('button', { part: 'settings-done', text: words.finished, attributes: { type: 'button' } })];
    done.addEventListener('click', () => this.close());
    this.controls = [
      choice(words.toast, levels, ({ toast }) => toast.minSeverity, (minSeverity) => change({ toast: { minSeverity } })),
      choice(words.sound, levels, ({ sound }) => sound.minSeverity, (minSeverity) => change({ sound: { minSeverity } })),
      choice(words.desktop, levels, ({ desktop }) => desktop.minSeverity, (minSeverity) => void this.changeDesktop({ desktop: { minSeverity } })),
      check(words.countInTitle, ({ title }) => title, (title) => change({ title })),
      check(words.acknowledgeCritical, ({ acknowledgeCritical }) => acknowledgeCritical, (on) => change({ acknowledgeCritical: on })),
      check(words.quietHours(quiet?.timeZone ?? zone), ({ quietHours }) => quietHours !== null, (on) => change(on ? hours({}) : { quietHours: null })),
      timeOfDay(words.from, ({ quietHours }) => quietHours?.from, (from) => change(hours({ from }))),
      timeOfDay(words.to, ({ quietHours }) => quietHours?.to, (to) => change(hours({ to }))),
    ];
    setText(this.note, '');
    this.topicList.replaceChildren();
    this.element.setAttribute('aria-label', words.settings);
    this.element.replaceChildren(make('h3', { text: words.settings }), ...this.controls.map(({ element }) => element), this.note, topics, done);
    topics.hidden = true;
    void this.offerTopics(topics);
  }

  private async offerTopics(place: HTMLElement): Promise<void> {
    const offered = await this.handlers.topics();
    const names = [...new Set([...offered, ...(this.handlers.preferences()?.mutedTopics ?? [])])].sort();
    const controls = names.map((name) => check(name, ({ mutedTopics }) => mutedTopics.includes(name), (muted) => {
      const others = (this.handlers.preferences()?.mutedTopics ?? []).filter((topic) => topic !== name);
      this.change({ mutedTopics: muted ? [...others, name] : others });
    }));
    // Closed and opened again meanwhile: that has topics of its own.
    if (!place.isConnected) return;
    this.controls.push(...controls);
    this.topicList.replaceChildren(...controls.map(({ element }) => element));
    place.hidden = names.length === 0;
    this.render();
  }

  private change(part: Partial<Preferences>): void {
    const preferences = this.handlers.preferences();
    setText(this.note, '');
    if (preferences) this.handlers.save({ ...preferences, ...part });
  }

  private async changeDesktop(part: Pick<Preferences, 'desktop'>): Promise<void> {
    if (part.desktop.minSeverity === 'none' || (await this.handlers.allowDesktop())) this.change(part);
    else {
      setText(this.note, this.handlers.language().words.desktopRefused);
      this.render();
    }
  }
}
