import { setTimeout as sleep } from 'node:timers/promises';
import { positionOf } from '../../support/ledger.js';
import type { Count } from '../../support/oracle-marks.js';
import type { Chance } from '../random.js';
import { type Habits, type Told, TirelessStream } from '../tireless-stream.js';
import { listAll } from './asking.js';
import { InboxModel, type Item, type ReceiptItem } from './inbox-model.js';

export interface Counts {
  unread: Count;
  unseen: Count;
}

/** One browser of an admin's: all it has is what its stream told, and pages where it was told to ask. */
export class Device extends TirelessStream {
  readonly inbox = new InboxModel();
  counts: Counts | undefined;
  resets = 0;
  protected cursor: string | undefined;
  private muted: readonly string[] | undefined;
  /** Of the latest asking: what an earlier one brings is of a time before. */
  private asking = 0;
  private isAsking = false;
  private fetching: Promise<void> | undefined;

  constructor(user: string, roles: readonly string[], servers: readonly string[], habits: Habits, chance: Chance, readonly name: string) {
    super(user, roles, servers, habits, chance);
    this.start();
  }

  /** Has what it asked for. */
  get isWhole(): boolean {
    return this.asking > 0 && !this.isAsking;
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.fetching;
  }

  protected greeted(): void {
    if (this.asking === 0) this.ask();
  }

  protected beginAnew(id: string): void {
    this.resets++;
    this.cursor = id;
    this.inbox.clear();
    this.ask();
  }

  protected hear({ event, data }: Told, cursor: string | undefined): void {
    const after = cursor === undefined ? undefined : positionOf(cursor);
    if (event === 'notifications') this.takeItems(data as Item[], after);
    if (event === 'receipts') this.inbox.hear({ after, receipts: data as ReceiptItem[] });
    if (event === 'counts' || event === 'ready') this.counts = data as Counts;
    if (event === 'preferences') this.prefer((data as { mutedTopics: string[] }).mutedTopics);
  }

  private takeItems(items: readonly Item[], after: bigint | undefined): void {
    if (!this.muted) this.faults.push('was given notifications before its preferences');
    for (const { id, topic } of items) if (this.muted?.includes(topic)) this.faults.push(`was given ${id} of ${topic}, which is muted`);
    this.inbox.hear({ after, items });
  }

  /** Where other topics are muted than before, a client asks for its list anew. */
  private prefer(muted: readonly string[]): void {
    const isOther = this.muted !== undefined && String([...muted].sort()) !== String([...this.muted].sort());
    this.muted = muted;
    if (isOther) this.ask();
  }

  private ask(): void {
    const asking = ++this.asking;
    this.isAsking = true;
    this.inbox.beginPages();
    this.fetching = (async () => {
      while (!this.stopping && asking === this.asking) {
        const items = await listAll(() => this.chance.pick(this.servers), await this.token).catch(() => undefined);
        if (asking !== this.asking) return;
        if (items) {
          this.inbox.takePages(items);
          this.isAsking = false;
          return;
        }
        await sleep(100);
      }
    })();
  }
}
