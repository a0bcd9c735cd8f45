import type { Status } from '../core/stream.js';
import type { Counts, Metrics, Notification } from '../core/wire.js';

/** Tells the page: the bell's events, which bubble and cross shadow roots. */
export class Telling {
  private toldCounts = '';

  constructor(private readonly bell: Element) {}

  status(status: Status): void {
    this.tell('belfry-status', { status });
  }

  arrived(notifications: readonly Notification[]): void {
    for (const notification of notifications) this.tell('belfry-notification', notification);
  }

  /** Only where they are others than were told last. */
  counts({ unread, unseen }: Counts): void {
    const told = JSON.stringify([unread, unseen]);
    if (told === this.toldCounts) return;
    this.toldCounts = told;
    this.tell('belfry-counts', { unread, unseen });
  }

  metrics(metrics: Metrics): void {
    this.tell('belfry-metrics', metrics);
  }

  private tell(name: string, detail: unknown): void {
    this.bell.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
