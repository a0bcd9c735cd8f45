import { en, type Numerals, type SomeWords, type Words } from './en.js';
import { relativeTime } from './relative-time.js';
import type { Status } from '../core/stream.js';
import type { Count, Notification } from '../core/wire.js';

/** The bell's words in one language, and how that writes numbers and times. */
export class Language implements Numerals {
  private readonly numbers: Intl.NumberFormat;
  private readonly plurals: Intl.PluralRules;
  private readonly ages: Intl.RelativeTimeFormat;
  private readonly moments: Intl.DateTimeFormat;
  private readonly clocks: Intl.DateTimeFormat;
  private readonly days: Intl.DateTimeFormat;

  constructor(readonly locale: string, readonly words: Words) {
    this.numbers = new Intl.NumberFormat(locale);
    this.plurals = new Intl.PluralRules(locale);
    this.ages = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
    this.moments = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
    this.clocks = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
    this.days = new Intl.DateTimeFormat(locale, { weekday: 'short', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' });
  }

  readonly number = (n: number): string => this.numbers.format(n);

  readonly plural = (n: number): Intl.LDMLPluralRule => this.plurals.select(n);

  /** "3 minutes ago". */
  age(time: Date, now: Date): string {
    return relativeTime(time, now, this.ages);
  }

  /** Date and time in full. */
  moment(time: Date): string {
    return this.moments.format(time);
  }

  /** The time of day, with its date where that is another day's: to the minute, for it is of about now. */
  clock(time: Date, now: Date): string {
    return time.toDateString() === now.toDateString() ? this.clocks.format(time) : this.days.format(time);
  }

  /** The bell's accessible name: "Notifications, 3 unread". */
  bellName(label: string, unread: Count | undefined, status: Status): string {
    const { words } = this;
    const parts = [label];
    if (unread?.capped) parts.push(words.moreThanUnread(unread.count - 1, this));
    else if (unread && unread.count > 0) parts.push(words.unread(unread.count, this));
    if (status === 'offline') parts.push(words.offline);
    if (status === 'signed-out') parts.push(words.signedOut);
    return parts.join(words.comma);
  }

  /** One line for all that came at about one time, for toast and screen reader: how many, and the newest of the most urgent. */
  news(news: readonly Notification[]): string {
    const critical = news.filter(({ severity }) => severity === 'critical');
    const told = critical.at(-1) ?? news.findLast(({ severity }) => severity === 'warning') ?? news.at(-1);
    if (!told) return '';
    const { severity, title } = told;
    const urgent = severity === 'warning' || severity === 'critical';
    const line = urgent ? this.words.urgent(this.words.severity[severity], title) : title;
    return news.length === 1 ? line : this.words.several(news.length, critical.length, line, this);
  }
}

/** What fits into the badge. */
export function badgeText({ count, capped }: Count): string {
  return capped || count > 999 ? '999+' : String(count);
}

/**
 * The language for a tag such as `zh-CN`: the catalog of that tag, else that of its first part, else English, and `own` words
 * over it. Words, numbers and times are of one language: a tag without a catalog has English ones throughout.
 */
export function languageFor(tag: string, catalogs: Readonly<Record<string, SomeWords>>, own: SomeWords = {}): Language {
  const locale = canonical(tag);
  const parts = locale?.split('-') ?? [];
  const tags = parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
  const known = tags.find((name) => Object.hasOwn(catalogs, name));
  const catalog = known === undefined ? {} : (catalogs[known] ?? {});
  return new Language(known === undefined || locale === undefined ? 'en' : locale, laidOver(laidOver(en, catalog), own));
}

/** The tag that an element's text is in: its own `lang`, else the nearest around it, through shadow roots, else the browser's. */
export function tagOf(element: Element): string {
  for (let at: Element | null = element; at !== null;) {
    const near: Element | null = at.closest('[lang]');
    const lang = near?.getAttribute('lang');
    if (lang) return lang;
    const root: Node = (near ?? at).getRootNode();
    at = near?.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
  }
  return navigator.language;
}

function canonical(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    // Not a language tag: as if there were none.
    return undefined;
  }
}

/** Groups of words (severities, states) are completed word by word. */
function laidOver(words: Words, some: SomeWords): Words {
  return {
    ...words,
    ...some,
    severity: { ...words.severity, ...some.severity },
    status: { ...words.status, ...some.status },
    tabs: { ...words.tabs, ...some.tabs },
    emptyTab: { ...words.emptyTab, ...some.emptyTab },
    snoozeUntil: { ...words.snoozeUntil, ...some.snoozeUntil },
    done: { ...words.done, ...some.done },
    keys: { ...words.keys, ...some.keys },
  };
}
