import { make, setText } from '../bell/elements.js';
import { ask } from './shop.js';

/** A rule in force, as `GET /v1/rules` lists it. */
interface Rule {
  topic: string;
  table: string;
  on: string[];
  columns: string[];
  when: string | null;
  audience: string[];
  severity: string;
  escalate: { after: string; unless: string; to: string[] } | null;
  appliedAt: string;
  drift: string | null;
  fired: number;
  failed: number;
  parked: number;
  lastFiredAt: string | null;
  lastError: string | null;
}

/** How often the counters are looked at while the page shows them. Unit: ms. */
const everyMs = 2000;

/** The rules in force: what they say, how often they fired, what went wrong, and a test of each to oneself. */
export class RulesPage {
  private readonly shown = new Map<string, HTMLElement>();
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly list: HTMLElement, private readonly onError: (error: unknown) => void) {}

  start(): void {
    if (this.timer !== undefined) return;
    this.refresh().catch(this.onError);
    this.timer = setInterval(() => {
      // Not answered this time: what is shown stays, and the next look will tell.
      if (document.visibilityState === 'visible') this.refresh().catch(() => undefined);
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async refresh(): Promise<void> {
    const rules = (await ask<{ data: Rule[] }>('GET', '/v1/rules'))?.data ?? [];
    for (const [topic, element] of this.shown) {
      if (rules.some((rule) => rule.topic === topic)) continue;
      element.remove();
      this.shown.delete(topic);
    }
    for (const rule of rules) {
      const card = this.shown.get(rule.topic) ?? this.add(rule.topic);
      card.classList.toggle('ails', rule.drift !== null || rule.parked > 0);
      for (const [name, text] of Object.entries(facts(rule))) this.put(card, name, text);
    }
  }

  private add(topic: string): HTMLElement {
    const button = make('button', { text: 'Send me a test', attributes: { type: 'button', class: 'quiet' } });
    const told = make('p', { attributes: { role: 'status', class: 'muted' } });
    button.setAttribute('aria-label', `Send me a test of ${topic}`);
    button.addEventListener('click', () => void this.test(topic, told));
    const card = make('li', { attributes: { class: 'card', 'data-topic': topic } },
      make('header', {}, make('h2', { text: topic }), button), make('dl'), told);
    this.shown.set(topic, card);
    this.list.append(card);
    return card;
  }

  /** A fact that there is nothing to say of is not shown. */
  private put(card: HTMLElement, name: string, text: string | null): void {
    const known = [...card.querySelectorAll<HTMLElement>('dl > div')].find((one) => one.firstElementChild?.textContent === name);
    const fact = known ?? make('div', {}, make('dt', { text: name }), make('dd'));
    if (!known) card.querySelector('dl')?.append(fact);
    fact.hidden = text === null;
    if (fact.lastElementChild) setText(fact.lastElementChild, text ?? '');
  }

  private async test(topic: string, told: HTMLElement): Promise<void> {
    try {
      const sent = await ask<{ channel: string }>('POST', `/v1/rules/${topic}/test`);
      if (sent) setText(told, `Sent to ${sent.channel}, with made-up values: it is in your bell.`);
    } catch (error) {
      setText(told, error instanceof Error ? error.message : String(error));
    }
  }
}

function facts(rule: Rule): Record<string, string | null> {
  const { table, on, columns, when, audience, severity, escalate, drift, fired, failed, parked, lastFiredAt, lastError } = rule;
  return {
    'Rings at': `${on.join(', ')} of ${table}${columns.length > 0 ? `, when ${columns.join(' or ')} changed` : ''}`,
    'Only when': when,
    'Goes to': audience.join(', '),
    'And, unless claimed': escalate && `after ${escalate.after} to ${escalate.to.join(', ')}`,
    Severity: severity,
    State: drift === null ? 'installed' : `does not fit the table any more: ${drift}`,
    Fired: lastFiredAt === null ? 'never' : `${times(fired)}, last at ${moment(lastFiredAt)}`,
    Failed: failed === 0 ? 'never' : `${times(failed)}, ${parked.toLocaleString('en')} parked`,
    'Last error': lastError,
  };
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count.toLocaleString('en')} times`;
}

function moment(time: string): string {
  return new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(time));
}
