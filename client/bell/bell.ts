import { BelfryClient, type ClientEvent } from '../core/client.js';
import { Attention } from '../attention/attention.js';
import type { BadgeColors } from '../attention/icon-drawing.js';
import { BellAttributes } from './attributes.js';
import { Desktop } from '../attention/desktop.js';
import { defaultPreferences } from '../attention/preferences.js';
import { PreferencesView } from '../attention/preferences-view.js';
import { Deeds } from './deeds.js';
import type { Grouping } from './filters.js';
import { make, setText } from './elements.js';
import { News } from './news.js';
import { Panel } from './panel.js';
import { placeBeside } from './place.js';
import { iconSlot } from './slots.js';
import { bellStyles } from './styles.js';
import { View } from './view.js';
import { en, type SomeWords } from '../words/en.js';
import { badgeText, languageFor, tagOf, type Language } from '../words/language.js';
import { zh } from '../words/zh.js';
import { placeOf, type Counts, type Notification, type Preferences } from '../core/wire.js';

/** How often "3 minutes ago" is looked at while the panel is open. Unit: ms. */
const clockMs = 20_000;

/** Where this script came from, which is where Belfry is. */
const scriptHome = new URL('.', import.meta.url).href;

/**
 * `<belfry-bell>`: badge, list and live updates of the signed-in admin's notifications.
 * Attributes, events, parts and custom properties: docs/bell.md.
 */
export class BelfryBell extends BellAttributes {
  static readonly observedAttributes = ['src', 'label', 'metrics', 'lang', 'favicon-badge'];

  /** Catalogs by language tag; a page's own are put in here, before its bells are shown. */
  static readonly words: Record<string, SomeWords> = { en, zh };

  private readonly badge = make('span', { part: 'badge', attributes: { 'aria-hidden': 'true' } });
  private readonly dot = make('span', { part: 'dot', attributes: { 'aria-hidden': 'true' } });
  private readonly button = make('button', {
    part: 'button', attributes: { type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false' },
  }, iconSlot(), this.badge, this.dot);
  private readonly news = new News(this.button, () => this.toast !== 'off' && !this.isOpen,
    () => this.language);
  private readonly attention = new Attention({
    leads: () => this.client?.leads === true,
    language: () => this.language,
    iconColors: () => (this.faviconBadge ? this.badgeColors : undefined),
    onAcknowledge: (ids) => ids.forEach((id) => void this.client?.markRead(id)),
    onOpen: () => this.open(),
  });
  private readonly settings = new PreferencesView({
    language: () => this.language,
    preferences: () => (this.ownPreferences ? undefined : this.client?.snapshot.preferences),
    topics: () => this.topics(),
    save: (preferences) => void this.client?.setPreferences(preferences),
    allowDesktop: () => this.allowDesktop(),
    onOpen: () => void this.client?.refreshPreferences(),
  });
  private readonly panel: Panel = new Panel({
    onTab: (tab) => this.view.choose(tab),
    onFilter: (filter, grouping) => {
      this.grouping = grouping;
      this.view.narrow(filter);
      this.scheduleRender();
    },
    onDeed: (id, deed) => this.deeds.do([id], deed),
    onSelect: (id) => this.panel.selection.toggle(id),
    onReadAll: (ids) => this.deeds.markRead(ids),
    onArchiveAll: (ids) => this.deeds.do(ids, this.view.tab === 'archived' ? 'unarchive' : 'archive'),
    onSelectionChange: () => this.scheduleRender(),
    onToggle: (id, read) => void (read ? this.client?.markRead(id) : this.client?.markUnread(id)),
    onFollow: (id, leaving) => {
      void this.client?.markRead(id);
      if (leaving) this.close();
    },
    onMarkAll: () => this.deeds.markAllRead(),
    onOlder: () => this.view.loadOlder(),
    onRetry: () => this.view.retry(),
  }, this.settings);
  private readonly view = new View(() => this.client, () => this.scheduleRender());
  private readonly deeds = new Deeds(() => this.client, this.panel.undo, () => this.language);
  private grouping: Grouping = 'day';
  private client: BelfryClient | undefined;
  private unsubscribe: (() => void) | undefined;
  private clock: ReturnType<typeof setInterval> | undefined;
  private renderDue = false;
  private lookedAt: string | undefined;
  private toldCounts = '';
  private ownWords: SomeWords = {};
  private ownPreferences: Partial<Preferences> | undefined;
  private spoken: { tag: string; language: Language } | undefined;
  private readonly pageLanguage = new MutationObserver(() => this.scheduleRender());
  private readonly reposition = (): void => placeBeside(this.panel.element, this.button);

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [bellStyles()];
    root.append(this.button, this.panel.element, this.news.toast, this.news.voice, this.attention.acknowledgement.element);
    this.button.popoverTargetElement = this.panel.element;
    this.button.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown') return;
      event.preventDefault();
      this.open();
    });
    this.panel.element.addEventListener('beforetoggle', ({ newState }) => {
      this.button.setAttribute('aria-expanded', String(newState === 'open'));
    });
    this.panel.element.addEventListener('toggle', (event) => this.onToggle(event.newState === 'open'));
    this.panel.element.addEventListener('keydown', (event) => {
      // The browser closes it; where focus goes then is not the same everywhere.
      if (event.key === 'Escape') this.close();
    });
  }

  connectedCallback(): void {
    this.takeUp(['src', 'label', 'theme', 'toast', 'metrics', 'faviconBadge', 'words', 'preferences']);
    this.client ??= new BelfryClient({ baseUrl: this.baseUrl, metrics: this.metrics });
    this.unsubscribe = this.client.subscribe((event) => this.onClientEvent(event));
    this.pageLanguage.observe(document.documentElement, { attributeFilter: ['lang'] });
    this.client.connect();
    this.view.choose(this.view.tab);
    this.panel.say('');
    this.render();
  }

  disconnectedCallback(): void {
    this.close();
    this.unsubscribe?.();
    this.client?.disconnect();
    this.view.leave();
    this.panel.undo.clear();
    this.panel.standing.note('stopped');
    this.news.clear();
    this.attention.clear();
    this.pageLanguage.disconnect();
    clearInterval(this.clock);
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || !this.client) return;
    if ((name === 'src' || name === 'metrics') && this.isConnected) {
      this.disconnectedCallback();
      this.client = undefined;
      this.connectedCallback();
    } else this.scheduleRender();
  }

  get isOpen(): boolean {
    return this.panel.element.matches(':popover-open');
  }

  open(): void {
    if (this.isConnected && !this.isOpen) this.panel.element.showPopover();
  }

  /** Closes the panel; focus goes back to the bell if it was within. */
  close(): void {
    if (!this.isOpen) return;
    // What the page has put into a slot counts: it is not of the shadow tree, where `activeElement` would be looked for.
    const within = this.matches(':focus-within');
    this.panel.element.hidePopover();
    if (within) this.button.focus();
  }

  /** Connects anew, say after a sign-in. Needless after anything else: the bell sees to its connection itself. */
  reconnect(): void {
    if (this.isConnected) this.client?.connect();
  }

  /** Drops the connection until `reconnect()`. What is shown stays, and what comes meanwhile is caught up with then. */
  disconnect(): void {
    this.client?.disconnect();
  }

  /** What the list holds, newest first. */
  get items(): readonly Notification[] {
    return this.client?.snapshot.items ?? [];
  }

  private get baseUrl(): string {
    const { src } = this;
    return (src === null ? scriptHome : new URL(src, document.baseURI).href).replace(/\/+$/, '');
  }

  /** Words of this bell alone, over those of its language. */
  get words(): SomeWords {
    return this.ownWords;
  }

  set words(words: SomeWords) {
    this.ownWords = words;
    this.spoken = undefined;
    this.scheduleRender();
  }

  /**
   * What the admin wants to be disturbed by: as the server keeps it. Set by the page it is the page's, and there is nothing to choose
   * in the bell; what is left out then is as by default.
   */
  get preferences(): Preferences {
    return { ...(this.ownPreferences ? defaultPreferences : (this.client?.snapshot.preferences ?? defaultPreferences)), ...this.ownPreferences };
  }

  set preferences(preferences: Partial<Preferences> | null | undefined) {
    this.ownPreferences = preferences ?? undefined;
    this.scheduleRender();
  }

  /** Asks for the permission to show notifications of the operating system's. To be called at a click: browsers ask that. */
  allowDesktop(): Promise<boolean> {
    return Desktop.ask();
  }

  private get language(): Language {
    const tag = tagOf(this);
    if (this.spoken?.tag !== tag) this.spoken = { tag, language: languageFor(tag, BelfryBell.words, this.ownWords) };
    return this.spoken.language;
  }

  private get badgeColors(): BadgeColors {
    const { backgroundColor: ground, color: text } = getComputedStyle(this.badge);
    return { ground, text };
  }

  /** Those of the rules in force; where they can't be had, those of what the list holds. */
  private async topics(): Promise<readonly string[]> {
    const held = this.items.map(({ topic }) => topic);
    return (await this.client?.rest.topics().catch(() => held)) ?? held;
  }

  private get heading(): string {
    return this.label ?? this.language.words.notifications;
  }

  private onToggle(open: boolean): void {
    clearInterval(this.clock);
    if (open) {
      this.news.hideToast();
      this.render();
      this.reposition();
      this.panel.begin();
      void this.view.askCounts();
      this.lookedAt = undefined;
      this.render();
      this.clock = setInterval(() => this.render(), clockMs);
      window.addEventListener('resize', this.reposition);
      window.addEventListener('scroll', this.reposition, { capture: true, passive: true });
    } else {
      this.settings.close();
      this.panel.say('');
      window.removeEventListener('resize', this.reposition);
      window.removeEventListener('scroll', this.reposition, { capture: true });
    }
  }

  private onClientEvent(event: ClientEvent): void {
    switch (event.type) {
      case 'changed':
        if (this.isOpen) this.view.count();
        this.scheduleRender();
        break;
      case 'status':
        this.panel.standing.note(event.status);
        this.scheduleRender();
        if (event.status === 'signed-out') {
          this.news.clear();
          this.attention.clear();
        }
        this.tell('belfry-status', { status: event.status });
        break;
      case 'arrived':
        this.attention.preferences = this.preferences;
        this.news.add(this.attention.add(event.notifications));
        this.scheduleRender();
        for (const notification of event.notifications) this.tell('belfry-notification', notification);
        break;
      case 'metrics':
        this.tell('belfry-metrics', event.metrics);
        break;
      case 'mark failed':
        this.attention.acknowledgement.takeBack();
        this.scheduleRender();
        this.panel.say(this.language.words.failed(event.error.message));
        break;
    }
  }

  private scheduleRender(): void {
    if (this.renderDue) return;
    this.renderDue = true;
    queueMicrotask(() => {
      this.renderDue = false;
      if (this.isConnected) this.render();
    });
  }

  private render(): void {
    if (!this.client) return;
    const snapshot = this.client.snapshot;
    this.attention.preferences = this.preferences;
    this.settings.render();
    const { counts, status } = snapshot;
    this.button.setAttribute('aria-label', this.language.bellName(this.heading, counts?.unread, status));
    this.button.className = status;
    setText(this.badge, counts ? badgeText(counts.unread) : '');
    this.badge.hidden = !counts || counts.unread.count === 0;
    this.dot.hidden = !counts || counts.unseen.count === 0;
    this.attention.render(snapshot);
    if (this.isOpen) {
      const { tab, isFiltered, counts: tabCounts, snapshot: list = snapshot } = this.view;
      const shown = { ...snapshot, ...list, tab, isFiltered, tabCounts, grouping: this.grouping };
      this.panel.render(shown, this.heading, new Date(), this.language);
      const [newest] = snapshot.items;
      if (tab === 'all' && !isFiltered) this.lookAt(newest && placeOf(newest));
    }
    if (counts) this.tellCounts(counts);
  }

  /** What is shown in an open panel is seen; said once per newest one, so that a refusal is not asked for again and again. */
  private lookAt(newest: string | undefined): void {
    if (newest === this.lookedAt || document.visibilityState !== 'visible') return;
    this.lookedAt = newest;
    void this.client?.markSeen();
  }

  private tellCounts({ unread, unseen }: Counts): void {
    const told = JSON.stringify([unread, unseen]);
    if (told === this.toldCounts) return;
    this.toldCounts = told;
    this.tell('belfry-counts', { unread, unseen });
  }

  private tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
