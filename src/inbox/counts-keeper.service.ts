import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import type { Entry } from '../journal/entry.js';
import type { RecentEntries } from '../journal/recent.js';
import { Tail } from '../journal/tail.service.js';
import { type CountsAt, CountsRepository } from './counts.repository.js';
import { type Counts, plus } from './counts.js';
import { Inboxes } from './inboxes.service.js';
import { areMutedAlike, mutedBy } from './muted.js';
import { DEFAULT_PREFERENCES, keptPreferences } from './preferences.schemas.js';
import { Turns } from './turns.js';
import type { InboxOf } from './unread.sql.js';

/** Inboxes whose counts are kept, with or without a stream open: a reconnect then costs no query. */
const KEPT = 20_000;
/**
 * Inboxes counted at one time. After a deploy all come at once to a process that knows none: they wait here, not for the pool's
 * connections, which would time out on them and are wanted for requests too.
 */
const COUNTED_AT_ONCE = 4;

/** Counts, and the memory that they are kept current from: another journal brings another one. */
interface Known extends CountsAt {
  recent: RecentEntries;
  /** Where the journal ended when SQL counted. What came after is unread, or something has had SQL count anew. */
  countedAt: bigint;
  /** Topics, of which nothing counts. */
  muted: ReadonlySet<string>;
}

/**
 * Counts of one inbox, kept current from the journal. Each new notification on its channels adds one; one that is raised
 * again and was unread stays one. After a mark of the admin's own, where other topics
 * are muted, and where one that was counted has changed or gone, SQL
 * counts anew. So they are what SQL counts, at the price of a look into memory.
 */
export class InboxCounts {
  private latest: Known | undefined;
  private counting: Promise<Known> | undefined;
  /** As it was when SQL counted last: it still will be, nearly always. */
  private muted: readonly string[] = DEFAULT_PREFERENCES.mutedTopics;
  /** The principal's, which all their streams share. */
  readonly channels: ReadonlySet<string>;

  constructor(
    private readonly userId: string,
    channels: readonly string[],
    private readonly tail: Tail,
    private readonly count: (inbox: InboxOf) => Promise<CountsAt>,
  ) {
    this.channels = new Set(channels);
  }

  /** The counts at the journal's end, where memory can tell them; undefined where only SQL can. */
  known(): Counts | undefined {
    this.latest = this.advanced(this.latest);
    return this.latest;
  }

  /** The counts at the journal's end as this process knows it. @throws what counting threw: a failed count is no 0 */
  async current(): Promise<CountsAt> {
    this.latest = this.advanced(this.latest);
    // What came while SQL counted is added, or has it count again.
    while (!this.latest) this.latest = this.advanced(await this.recount());
    return this.latest;
  }

  private async recount(): Promise<Known> {
    const { recent } = this.tail;
    this.counting ??= this.count({ userId: this.userId, channels: [...this.channels], muted: this.muted })
      .then((counts) => {
        this.muted = counts.preferences.mutedTopics;
        return { ...counts, recent, countedAt: counts.position, muted: mutedBy(counts.preferences) };
      })
      .finally(() => {
        this.counting = undefined;
      });
    return this.counting;
  }

  /** Brought to the journal's end; undefined where only SQL can tell. */
  private advanced(counts: Known | undefined): Known | undefined {
    const { recent } = this.tail;
    if (counts?.recent !== recent) return undefined;
    const entries = recent.after(counts.position, this.channels, Infinity);
    if (!entries) return undefined;
    const { muted } = counts;
    let { oldest, preferences } = counts;
    let unread = 0;
    let unseen = 0;
    for (const entry of entries) {
      const { kind, position, subject = position, from, topic } = entry;
      if (topic !== undefined && muted.has(topic)) continue;
      if (kind === 'preferences') {
        preferences = keptPreferences(JSON.parse(entry.json) as object);
        if (!areMutedAlike(muted, mutedBy(preferences))) return undefined;
      } else if (kind === 'notification') {
        oldest ??= position;
        unread++;
        unseen++;
      } else if (kind === 'raise') {
        // More than are counted, and none the fewer.
        if (counts.unread.capped && counts.unseen.capped) continue;
        if (from === undefined || !wasUnread(counts, entry)) return undefined;
        if (from <= counts.seenUpTo) unseen++;
      } else if (kind === 'receipt' || kind === 'own' || entry.reopens || (oldest !== null && subject >= oldest)) {
        return undefined;
      }
    }
    return {
      ...counts,
      oldest,
      preferences,
      position: recent.head > counts.position ? recent.head : counts.position,
      unread: plus(counts.unread, unread),
      unseen: plus(counts.unseen, unseen),
    };
  }
}

/** Whether one that is raised was unread already: it came after SQL counted, or was raised before and unread then. */
function wasUnread({ countedAt, raised }: Known, { from, id }: Entry): boolean {
  return (from !== undefined && from > countedAt) || (id !== undefined && raised.has(id));
}

@Injectable()
export class CountsKeeper {
  private readonly kept = new Map<string, InboxCounts>();
  private readonly turns = new Turns(COUNTED_AT_ONCE);

  constructor(
    private readonly tail: Tail,
    private readonly repository: CountsRepository,
    private readonly inboxes: Inboxes,
  ) {
    // Another journal: nothing that was counted by the old one's positions holds.
    tail.replaced$.subscribe(() => {
      this.kept.clear();
      this.inboxes.forget();
    });
  }

  /** Counts of the inbox that this principal sees: another set of roles sees another. */
  of(principal: Principal): InboxCounts {
    const key = JSON.stringify([principal.userId, ...[...principal.channels].sort()]);
    const counts = this.kept.get(key) ?? new InboxCounts(principal.userId, principal.channels, this.tail, this.countOnce);
    // Put last: the first in the map is the one not asked for the longest.
    this.kept.delete(key);
    this.kept.set(key, counts);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest);
    return counts;
  }

  /** One for all that are kept. */
  private readonly countOnce = (inbox: InboxOf): Promise<CountsAt> =>
    this.turns.take(async () => {
      await this.inboxes.begin(inbox);
      return this.repository.counts(inbox);
    });
}
