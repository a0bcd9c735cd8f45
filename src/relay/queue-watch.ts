import type { Logger } from '@nestjs/common';

/** How often the server's notification queue is looked at, in milliseconds. Looking is also what makes it empty itself. */
const CHECK_EVERY_MS = 10_000;
/** Above this share nobody is asked to ring: a full queue makes every commit that notifies fail. */
const FULL = 0.25;

/** Keeps the relay from adding to a notification queue that fills up, as it does behind a session that listens in a transaction. */
export class QueueWatch {
  private full = false;
  private checkedAt = -Infinity;

  constructor(private readonly logger: Logger) {}

  /** Whether there is to be no NOTIFY, neither to us nor from us. */
  get isFull(): boolean {
    return this.full;
  }

  /** Looks, when it is time. */
  async check(usage: () => Promise<number>): Promise<void> {
    if (performance.now() - this.checkedAt < CHECK_EVERY_MS) return;
    this.checkedAt = performance.now();
    const share = await usage();
    if (share > FULL) this.fill(`${Math.round(share * 100)} % full`);
    else if (this.full) {
      this.full = false;
      this.logger.log('the notification queue has emptied: NOTIFY is used again');
    }
  }

  /** A commit has failed for it: it filled up between two checks. */
  fill(found = 'full'): void {
    if (!this.full) {
      this.logger.error(
        `the notification queue is ${found}: some session listens and sits in a transaction ` +
          '(see pg_stat_activity). No NOTIFY from here until it empties; everything polls meanwhile.',
      );
    }
    this.full = true;
  }
}
