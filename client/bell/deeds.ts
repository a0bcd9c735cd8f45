import type { BelfryClient } from '../core/client.js';
import type { Snooze } from '../words/en.js';
import type { Language } from '../words/language.js';
import { snoozeUntil, type Deed } from './menu.js';
import type { Undo } from './undo.js';

/** Does what the admin asks for, and offers to take it back where a slip would cost most. */
export class Deeds {
  constructor(
    private readonly client: () => BelfryClient | undefined,
    private readonly undo: Undo,
    private readonly language: () => Language,
  ) {}

  do(ids: readonly string[], deed: Deed): void {
    const client = this.client();
    const [id] = ids;
    if (!client || id === undefined) return;
    if (deed.startsWith('snooze:')) {
      void client.snooze(id, snoozeUntil(deed.slice(7) as Snooze, new Date()));
      this.offer(this.words.done.snooze(), () => void client.unsnooze(id));
    } else if (deed === 'archive') {
      void client.archive(ids);
      this.offer(this.words.done.archive(ids.length, this.language()), () => void client.unarchive(ids));
    } else if (deed === 'read') void client.markRead(ids);
    else if (deed === 'unread') void client.markUnread(ids);
    else if (deed === 'unarchive') void client.unarchive(ids);
    else void client[deed as 'claim' | 'release' | 'resolve' | 'unsnooze'](id);
  }

  markAllRead(): void {
    const client = this.client();
    if (!client) return;
    const count = client.snapshot.counts?.unread.count ?? 0;
    void client.markAllRead();
    if (count > 0) this.offer(this.words.done.read(count, this.language()), () => void client.undoMarkAllRead());
  }

  markRead(ids: readonly string[]): void {
    this.do(ids, 'read');
    this.offer(this.words.done.read(ids.length, this.language()), () => this.do(ids, 'unread'));
  }

  private get words(): Language['words'] {
    return this.language().words;
  }

  private offer(text: string, takeBack: () => void): void {
    this.undo.offer(text, takeBack, this.language());
  }
}
