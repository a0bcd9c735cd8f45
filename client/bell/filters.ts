import type { FeedQuery } from '../core/feed-query.js';
import type { Severity } from '../core/wire.js';
import type { Language } from '../words/language.js';
import { make } from './elements.js';

/** Words are looked for once nobody has typed for so long. Unit: ms. */
const typingMs = 250;
const severities: readonly Severity[] = ['critical', 'warning', 'success', 'info'];

export type Grouping = 'day' | 'topic';
export type Filter = Pick<FeedQuery, 'topics' | 'severities' | 'q'>;

/** Search, severity, topic, and what the list is grouped by. */
export class Filters {
  readonly element = make('form', { part: 'filters', attributes: { role: 'search' } });
  private readonly search = make('input', { part: 'search', attributes: { type: 'search', maxlength: '200', autocomplete: 'off' } });
  private readonly severity = make('select', { part: 'severity-filter' });
  private readonly topic = make('select', { part: 'topic-filter' });
  private readonly grouping = make('select', { part: 'grouping' });
  private typing: ReturnType<typeof setTimeout> | undefined;
  private language: Language | undefined;
  private topics: readonly string[] = [];

  constructor(private readonly onChange: (filter: Filter, grouping: Grouping) => void) {
    this.element.hidden = true;
    this.element.append(this.search, this.severity, this.topic, this.grouping);
    this.search.addEventListener('input', () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.tell(), typingMs);
    });
    for (const select of [this.severity, this.topic, this.grouping]) select.addEventListener('change', () => this.tell());
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.tell();
    });
  }

  /** What is asked for; empty members are not there. */
  get filter(): Filter {
    const q = this.search.value.trim();
    return {
      ...(q !== '' && { q }),
      ...(this.severity.value !== '' && { severities: [this.severity.value as Severity] }),
      ...(this.topic.value !== '' && { topics: [this.topic.value] }),
    };
  }

  open(): void {
    this.element.hidden = false;
    this.search.focus();
  }

  /** What is closed filters nothing. */
  close(): void {
    this.element.hidden = true;
    this.search.value = this.severity.value = this.topic.value = '';
    this.tell();
  }

  /** `topics`: that are known of, to choose among. */
  render(topics: readonly string[], language: Language): void {
    if (language !== this.language) this.speak(language);
    const known = [...new Set([...this.topics, ...topics])].sort();
    if (language === this.language && known.length === this.topics.length) return;
    this.language = language;
    this.topics = known;
    fill(this.topic, [['', language.words.anyTopic], ...known.map((topic): [string, string] => [topic, topic])]);
  }

  private speak({ words }: Language): void {
    this.search.placeholder = words.search;
    for (const [element, name] of [[this.search, words.search], [this.severity, words.anySeverity], [this.topic, words.anyTopic], [this.grouping, words.groupBy]] as const) {
      element.setAttribute('aria-label', name);
    }
    fill(this.severity, [['', words.anySeverity], ...severities.map((severity): [string, string] => [severity, words.severity[severity]])]);
    fill(this.grouping, [['day', words.byDay], ['topic', words.byTopic]]);
  }

  private tell(): void {
    clearTimeout(this.typing);
    this.onChange(this.filter, this.grouping.value === 'topic' ? 'topic' : 'day');
  }
}

function fill(select: HTMLSelectElement, options: readonly [value: string, text: string][]): void {
  const { value } = select;
  select.replaceChildren(...options.map(([option, text]) => make('option', { text, attributes: { value: option } })));
  select.value = options.some(([option]) => option === value) ? value : (options[0]?.[0] ?? '');
}
