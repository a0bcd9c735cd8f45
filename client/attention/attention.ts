import type { Snapshot } from '../core/client.js';
import type { Notification, Preferences, Severity } from '../core/wire.js';
import { badgeText, type Language } from '../words/language.js';
import { Acknowledgement } from './acknowledgement.js';
import { whatToDo, type Deeds } from './decision.js';
import { Desktop } from './desktop.js';
import { Gathering } from './gathering.js';
import type { BadgeColors } from './icon-drawing.js';
import { PageIcon } from './page-icon.js';
import { PageTitle } from './page-title.js';
import { defaultPreferences } from './preferences.js';
import { Sound } from './sound.js';

/** How long arrivals are gathered into one sound and one notification; how long there is none after that, but for what is more urgent. Unit: ms. */
const gatherMs = 300;
const restMs = 5000;

const byUrgency: readonly Severity[] = ['critical', 'warning', 'success', 'info'];

interface Told {
  notification: Notification;
  deeds: Deeds;
}

export interface AttentionHandlers {
  /** Whether this tab is the one of the browser that may make a noise. */
  leads: () => boolean;
  language: () => Language;
  /** In which colours the page's icon is to have the number; `undefined`: not at all. */
  iconColors: () => BadgeColors | undefined;
  onAcknowledge: (ids: readonly string[]) => void;
  onOpen: () => void;
}

/** Draws attention to what has just come, as far as the admin wants it drawn. Toast and voice are the bell's own. */
export class Attention {
  readonly acknowledgement: Acknowledgement;
  preferences: Preferences = defaultPreferences;
  /** One bell of a page has its title, and one its icon. */
  private static readonly owners: { title?: Attention | undefined; icon?: Attention | undefined } = {};
  private readonly title = new PageTitle();
  private readonly icon = new PageIcon();
  private readonly sound = new Sound();
  private readonly desktop: Desktop;
  private readonly gathering = new Gathering<Told>((gathered) => this.tell(gathered));
  private toldAt = 0;
  private toldOf: Severity = 'info';

  constructor(private readonly handlers: AttentionHandlers) {
    this.acknowledgement = new Acknowledgement(handlers.onAcknowledge);
    this.desktop = new Desktop(handlers.onOpen);
  }

  /** For news alone: what a client says has `arrived`. Gives back what is to be said and what to be shown in a toast. */
  add(arrived: readonly Notification[]): { spoken: Notification[]; toasted: Notification[] } {
    const place = { leads: this.handlers.leads(), live: true, visible: document.visibilityState === 'visible' };
    const now = new Date();
    const { mutedTopics } = this.preferences;
    const told = arrived.filter(({ topic }) => !mutedTopics.includes(topic)).map((notification) => ({ notification, deeds: whatToDo(notification.severity, this.preferences, now, place) }));
    const whom = (deed: keyof Deeds): Notification[] => told.filter(({ deeds }) => deeds[deed]).map(({ notification }) => notification);
    this.acknowledgement.add(whom('acknowledge'));
    const loud = told.filter(({ deeds }) => deeds.sound || deeds.desktop);
    const rest = isMoreUrgent(mostUrgent(loud), this.toldOf) ? 0 : this.toldAt + restMs - now.getTime();
    // At most so long, whatever has been done to the clock meanwhile.
    this.gathering.add(loud, Math.max(gatherMs, Math.min(rest, restMs)));
    return { spoken: whom('speak'), toasted: told.filter(({ deeds }) => deeds.toast && !deeds.acknowledge).map((one) => one.notification) };
  }

  render(snapshot: Snapshot): void {
    this.acknowledgement.render(snapshot, this.handlers.language());
    const unread = snapshot.counts?.unread;
    const count = unread?.count ?? 0;
    const colors = count > 0 ? this.handlers.iconColors() : undefined;
    if (unread && count > 0 && this.preferences.title && this.owns('title')) this.title.show(badgeText(unread));
    else this.giveBack('title');
    if (colors && this.owns('icon')) this.icon.show(count, colors);
    else this.giveBack('icon');
  }

  clear(): void {
    this.gathering.clear();
    this.acknowledgement.clear();
    this.giveBack('title');
    this.giveBack('icon');
    this.sound.close();
  }

  private tell(gathered: readonly Told[]): void {
    this.toldAt = Date.now();
    this.toldOf = mostUrgent(gathered) ?? 'info';
    const severity = mostUrgent(gathered.filter(({ deeds }) => deeds.sound));
    if (severity) this.sound.play(severity);
    const shown = gathered.filter(({ deeds }) => deeds.desktop).map(({ notification }) => notification);
    const language = this.handlers.language();
    this.desktop.show(shown, language.news(shown), language.locale);
  }

  private owns(what: 'title' | 'icon'): boolean {
    Attention.owners[what] ??= this;
    return Attention.owners[what] === this;
  }

  private giveBack(what: 'title' | 'icon'): void {
    // Nobody's, it may still be as a bell left it on a page that was kept and is back.
    if (Attention.owners[what] && Attention.owners[what] !== this) return;
    this[what].restore();
    Attention.owners[what] = undefined;
  }
}

function mostUrgent(told: readonly Told[]): Severity | undefined {
  return byUrgency.find((one) => told.some(({ notification }) => notification.severity === one));
}

function isMoreUrgent(severity: Severity | undefined, than: Severity): boolean {
  return severity !== undefined && byUrgency.indexOf(severity) < byUrgency.indexOf(than);
}
