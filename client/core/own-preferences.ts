import { BelfryError, type Rest } from './rest.js';
import type { Preferences } from './wire.js';

/**
 * What the admin wants to be disturbed by: the server's word, with what was just chosen over it. The stream brings it. Of a server whose
 * stream does not, it is asked for, by each tab.
 */
export class OwnPreferences {
  private confirmed: Preferences | undefined;
  private chosen: Preferences | undefined;
  private user: string | undefined;
  private asked = false;
  private saving: Promise<unknown> = Promise.resolve();
  /** Chosen here or told by the stream, so many times. */
  private news = 0;
  /** The stream has told it. */
  private isTold = false;
  /** What the stream has told since the last choice was sent. */
  private readonly heard = new Set<string>();

  constructor(private readonly rest: Rest, private readonly onChange: () => void) {}

  get current(): Preferences | undefined {
    return this.chosen ?? this.confirmed;
  }

  /** The stream's word, which comes in the order in which the server took it. */
  hear(user: string, preferences: Preferences): void {
    if (user !== this.user) this.forget();
    this.user = user;
    this.isTold = true;
    this.news += 1;
    if (this.chosen) this.heard.add(JSON.stringify(preferences));
    this.take(preferences);
  }

  /** Asks the server, once for each admin, where the stream has not told by now. */
  start(user: string): void {
    if (user !== this.user) this.forget();
    this.user = user;
    if (!this.asked) void this.load();
  }

  forget(): void {
    this.user = this.confirmed = this.chosen = undefined;
    this.asked = this.isTold = false;
  }

  /** Asks the server, where the stream does not tell. One that does not know of preferences is not asked again at each connection. */
  async load(): Promise<void> {
    if (this.isTold) return;
    const { user, news } = this;
    this.asked = true;
    try {
      const preferences = await this.rest.preferences();
      // What was chosen or told meanwhile is newer.
      if (user === this.user && news === this.news) this.take(preferences);
    } catch (error) {
      if (user === this.user) this.asked = error instanceof BelfryError && error.status === 404;
    }
  }

  /** Shows at once, and is taken back where the server does not keep it. One after the other, so that the last one stands. */
  set(preferences: Preferences): Promise<void> {
    const { user } = this;
    this.news += 1;
    this.chosen = preferences;
    this.onChange();
    const saved = this.saving.then(async () => {
      try {
        this.heard.clear();
        const kept = await this.rest.setPreferences(preferences);
        if (user === undefined || user !== this.user) return;
        // Where the stream was faster, what it has told since may be newer.
        if (!this.heard.has(JSON.stringify(kept))) this.take(kept);
      } finally {
        // What was chosen since is still on its way.
        if (this.chosen === preferences) this.chosen = undefined;
        this.onChange();
      }
    });
    this.saving = saved.catch(() => undefined);
    return saved;
  }

  private take(preferences: Preferences): void {
    this.confirmed = preferences;
    this.onChange();
  }
}
