import { setTimeout as sleep } from 'node:timers/promises';
import { HttpException, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { pick } from './made-up.js';
import { ShopService } from './shop.service.js';

/** Writes under way at once; more would only queue for the shop's connections. */
const AT_ONCE = 8;
/** Further behind than this, in milliseconds, the rest is let go of rather than caught up with. */
const MAX_BEHIND = 500;
/** After a write that failed, in milliseconds: the database is away, and asking 200 times a second won't help. */
const PAUSE = 1000;

const ASSIGNEES = ['sam', 'dana'];
/** Of a hundred things that happen. */
const SHARES = [
  { share: 50, kind: 'order' },
  { share: 18, kind: 'comment' },
  { share: 14, kind: 'ticket' },
  { share: 7, kind: 'cancel' },
  { share: 6, kind: 'assign' },
  { share: 5, kind: 'close' },
] as const;

/** A day on which things happen by themselves, at a chosen rate, until it is switched off. */
@Injectable()
export class BusyDay implements OnModuleDestroy {
  private readonly logger = new Logger('BusyDay');
  private rate = 0;
  private stop = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly shop: ShopService) {}

  /** Rows a second; 0 while it is off. */
  get perSecond(): number {
    return this.rate;
  }

  /** Takes effect at once, and returns when what was under way at the old rate has ended. */
  async setPerSecond(perSecond: number): Promise<void> {
    this.rate = perSecond;
    this.stop.abort();
    const stop = new AbortController();
    this.stop = stop;
    const before = this.running;
    this.running = before.then(() => (perSecond > 0 ? this.write(1000 / perSecond, stop.signal) : undefined));
    await before;
  }

  async onModuleDestroy(): Promise<void> {
    await this.setPerSecond(0);
  }

  private async write(interval: number, stop: AbortSignal): Promise<void> {
    const underWay = new Set<Promise<void>>();
    let due = performance.now();
    while (!stop.aborted) {
      const write = this.oneThing(stop).finally(() => underWay.delete(write));
      underWay.add(write);
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
      due = Math.max(due + interval, performance.now() - MAX_BEHIND);
      await pause(due - performance.now(), stop);
    }
    await Promise.all(underWay);
  }

  private async oneThing(stop: AbortSignal): Promise<void> {
    try {
      await this.happen(kindOf(Math.random() * 100));
    } catch (error) {
      // Somebody else has cancelled or closed it in the meantime.
      if (error instanceof HttpException) return;
      this.logger.warn(`A write failed: ${error instanceof Error ? error.message.trim() : String(error)}`);
      await pause(PAUSE, stop);
    }
  }

  private async happen(kind: (typeof SHARES)[number]['kind']): Promise<unknown> {
    if (kind === 'comment') return this.shop.comment({});
    if (kind === 'ticket') return this.shop.openTicket({});
    if (kind === 'cancel') {
      const placed = (await this.shop.orders()).filter((order) => order.status !== 'cancelled');
      if (placed.length > 0) return this.shop.cancelOrder(pick(placed).id);
    }
    if (kind === 'assign' || kind === 'close') {
      const open = (await this.shop.tickets()).filter((ticket) => ticket.status === 'open');
      if (open.length > 0) {
        const { id } = pick(open);
        return kind === 'close' ? this.shop.closeTicket(id) : this.shop.assignTicket(id, pick(ASSIGNEES));
      }
    }
    return this.shop.placeOrder({});
  }
}

function kindOf(percent: number): (typeof SHARES)[number]['kind'] {
  let upTo = 0;
  for (const { share, kind } of SHARES) {
    upTo += share;
    if (percent < upTo) return kind;
  }
  return 'order';
}

/** Ends early, and quietly, when it is stopped. */
async function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal: stop }).catch(() => undefined);
}
