import { BelfryError, type Rest } from './rest.js';
import type { Preferences } from './wire.js';

interface Told {
  user: string;
  preferences: Preferences;
}

/** What the admin wants to be disturbed by: the server's word, with what was just chosen over it. Tabs of one browser tell each other. */
export class OwnPreferences {
  private confirmed: Preferences | undefined;
  private chosen: Preferences | undefined;
  private user: string | undefined;
  private asked = false;
  private saving: Promise<unknown> = Promise.resolve();
  private choices = 0;
  private channel: BroadcastChannel | undefined;

  constructor(private readonly name: string, private readonly rest: Rest, private readonly onChange: () => void) {}

  get current(): Preferences | undefined {
    return this.chosen ?? this.confirmed;
  }

  /** Listens to the other tabs; and asks the server, once for each admin: one that was down is not asked by all of them at once. */
  start(user: string): void {
    if (user !== this.user) this.forget();
    this.user = user;
    if (!this.channel && typeof BroadcastChannel === 'function') {
      this.channel = new BroadcastChannel(`belfry preferences ${this.name}`);
      this.channel.addEventListener('message', ({ data }: MessageEvent<Told>) => {
        if (data.user === this.user) this.take(data.preferences);
      });
    }
    if (!this.asked) void this.load();
  }

  stop(): void {
    this.channel?.close();
    this.channel = undefined;
  }

  forget(): void {
    this.user = this.confirmed = this.chosen = undefined;
    this.asked = false;
  }

  /** Asks the server. One that does not know of preferences is not asked again at each connection. */
  async load(): Promise<void> {
    const { user, choices } = this;
    this.asked = true;
    try {
      const preferences = await this.rest.preferences();
      // What was chosen meanwhile is newer.
      if (user === this.user && choices === this.choices) this.take(preferences);
    } catch (error) {
      if (user === this.user) this.asked = error instanceof BelfryError && error.status === 404;
    }
  }

  /** Shows at once, and is taken back where the server does not keep it. One after the other, so that the last one stands. */
  set(preferences: Preferences): Promise<void> {
    const { user } = this;
    this.choices += 1;
    this.chosen = preferences;
    this.onChange();
    const saved = this.saving.then(async () => {
      try {
        const kept = await this.rest.setPreferences(preferences);
        if (user === undefined || user !== this.user) return;
        this.take(kept);
        this.channel?.postMessage({ user, preferences: kept } satisfies Told);
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
