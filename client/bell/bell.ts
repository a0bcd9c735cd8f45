import { BelfryClient, type ClientEvent } from '../core/client.js';
import { Attention } from '../attention/attention.js';
import { BellAttributes } from './attributes.js';
import { BellButton } from './bell-button.js';
import { Desktop } from '../attention/desktop.js';
import { checkPreferences, defaultPreferences } from '../attention/preferences.js';
import { PreferencesView } from '../attention/preferences-view.js';
import { Deeds } from './deeds.js';
import type { Grouping } from './filters.js';
import { News } from './news.js';
import { Opening } from './opening.js';
import { Panel } from './panel.js';
import { Speech } from './speech.js';
import { bellStyles } from './styles.js';
import { Telling } from './telling.js';
import { View } from './view.js';
import type { TokenSource } from '../core/connection.js';
import { en, type SomeWords } from '../words/en.js';
import type { Language } from '../words/language.js';
import { zh } from '../words/zh.js';
import { BelfryError } from '../core/rest.js';
import { placeOf, type Notification, type Preferences } from '../core/wire.js';

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

  private static readonly onPage = new Set<BelfryBell>();

  private readonly speech = new Speech(this, () => BelfryBell.words);
  private readonly telling = new Telling(this);
  private readonly button = new BellButton();
  private readonly news = new News(this.button.element, () => this.toast !== 'off' && !this.isOpen,
    () => this.language);
  private readonly attention = new Attention({
    leads: () => this.client?.leads === true,
    language: () => this.language,
    iconColors: () => (this.faviconBadge ? this.button.badgeColors : undefined),
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
  private renderDue = false;
  private lookedAt: string | undefined;
  private ownToken: TokenSource | undefined;
  private ownPreferences: Partial<Preferences> | undefined;
  private readonly pageLanguage = new MutationObserver(() => this.scheduleRender());
  private readonly opening = new Opening(this, this.button.element, this.panel.element, {
    onOpening: () => {
      this.news.hideToast();
      this.render();
    },
    onOpen: () => {
      this.panel.begin();
      void this.view.askCounts();
      this.lookedAt = undefined;
      this.render();
    },
    onClose: () => {
      this.settings.close();
      this.panel.say('');
    },
    onTick: () => this.render(),
  });

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [bellStyles()];
    root.append(this.button.element, this.panel.element, this.news.toast, this.news.voice, this.attention.acknowledgement.element);
  }

  connectedCallback(): void {
    this.takeUp(['src', 'label', 'theme', 'toast', 'metrics', 'faviconBadge', 'words', 'preferences', 'token']);
    const token = this.ownToken && ((): string | Promise<string> => this.ownToken?.() ?? '');
    this.client ??= new BelfryClient({ baseUrl: this.baseUrl, metrics: this.metrics, ...(token && { token }) });
    BelfryBell.onPage.add(this);
    this.unsubscribe = this.client.subscribe((event) => this.onClientEvent(event));
    this.pageLanguage.observe(document.documentElement, { attributeFilter: ['lang'] });
    this.client.connect();
    this.view.choose(this.view.tab);
    this.panel.say('');
    this.render();
  }

  disconnectedCallback(): void {
    BelfryBell.onPage.delete(this);
    this.opening.stop();
    this.unsubscribe?.();
    this.client?.disconnect();
    this.view.leave();
    this.panel.undo.clear();
    this.panel.standing.note('stopped');
    this.news.clear();
    this.attention.clear();
    this.pageLanguage.disconnect();
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || !this.client) return;
    if (name === 'src' || name === 'metrics') this.beginAnew();
    else this.scheduleRender();
  }

  private beginAnew(): void {
    const { isConnected } = this;
    if (isConnected) this.disconnectedCallback();
    this.client = undefined;
    if (isConnected) this.connectedCallback();
  }

  get isOpen(): boolean {
    return this.opening.isOpen;
  }

  open(): void {
    this.opening.open();
  }

  /** Closes the panel; focus goes back to the bell if it was within. */
  close(): void {
    this.opening.close();
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
    if (src !== null && !URL.canParse(src, document.baseURI)) {
      throw new TypeError(`<belfry-bell src="${src}"> is no address: expected where Belfry is, the address before /v1, such as https://belfry.example`);
    }
    return (src === null ? scriptHome : new URL(src, document.baseURI).href).replace(/\/+$/, '');
  }

  /**
   * Gives the token for each connection and request, instead of the browser's cookie: for a page of another site, where that is not sent. Of
   * another function in its place, which is what frameworks set at each render, the next token is asked.
   */
  get token(): TokenSource | undefined {
    return this.ownToken;
  }

  set token(token: TokenSource | null | undefined) {
    const before = this.ownToken;
    this.ownToken = token ?? undefined;
    if (this.client && (before === undefined) !== (this.ownToken === undefined)) this.beginAnew();
  }

  /** Words of this bell alone, over those of its language. */
  get words(): SomeWords {
    return this.speech.words;
  }

  set words(words: SomeWords) {
    this.speech.words = words;
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
    const checked = preferences ? checkPreferences(preferences) : undefined;
    this.ownPreferences = checked?.preferences;
    for (const wrong of checked?.wrong ?? []) console.error(`<belfry-bell>: ${wrong}`);
    this.scheduleRender();
  }

  /** Asks for the permission to show notifications of the operating system's. To be called at a click: browsers ask that. */
  allowDesktop(): Promise<boolean> {
    return Desktop.ask();
  }

  private get language(): Language {
    return this.speech.language;
  }

  /** Those of the rules in force; where they can't be had, those of what the list holds. */
  private async topics(): Promise<readonly string[]> {
    const held = this.items.map(({ topic }) => topic);
    return (await this.client?.rest.topics().catch(() => held)) ?? held;
  }

  /** Of several bells on a page with one server one tells of what comes: the first that can be seen. */
  private get speaks(): boolean {
    const bells = [...BelfryBell.onPage].filter(({ baseUrl }) => baseUrl === this.baseUrl);
    return (bells.find((bell) => bell.checkVisibility()) ?? bells[0]) === this;
  }

  private get heading(): string {
    return this.label ?? this.language.words.notifications;
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
        this.telling.status(event.status);
        break;
      case 'arrived':
        this.attention.preferences = this.preferences;
        if (this.speaks) this.news.add(this.attention.add(event.notifications));
        this.scheduleRender();
        this.telling.arrived(event.notifications);
        break;
      case 'metrics':
        this.telling.metrics(event.metrics);
        break;
      case 'mark failed':
        this.attention.acknowledgement.takeBack();
        this.scheduleRender();
        this.panel.say(whyFailed(event.error, this.language));
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
    this.button.render(snapshot, this.heading, this.language);
    this.attention.render(snapshot);
    if (this.isOpen) {
      const { tab, isFiltered, counts: tabCounts, snapshot: list = snapshot } = this.view;
      const shown = { ...snapshot, ...list, tab, isFiltered, tabCounts, grouping: this.grouping };
      this.panel.render(shown, this.heading, new Date(), this.language);
      const [newest] = snapshot.items;
      if (tab === 'all' && !isFiltered) this.lookAt(newest && placeOf(newest));
    }
    if (snapshot.counts) this.telling.counts(snapshot.counts);
  }

  /** What is shown in an open panel is seen; said once per newest one, so that a refusal is not asked for again and again. */
  private lookAt(newest: string | undefined): void {
    if (newest === this.lookedAt || document.visibilityState !== 'visible') return;
    this.lookedAt = newest;
    void this.client?.markSeen();
  }
}

/** In the bell's own words where it knows them: the server's are English. */
function whyFailed(error: Error, { words }: Language): string {
  return error instanceof BelfryError && error.claimedBy !== undefined ? words.claimedAlready(error.claimedBy) : words.failed(error.message);
}
