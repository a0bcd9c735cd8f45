import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Connections } from '../database/connections.js';
import { SchemaWatch } from '../database/schema-watch.service.js';
import { checkDrift } from './drift.js';

/** How often the rules are compared with the tables, in milliseconds. */
const CHECK_EVERY_MS = 30_000;

/** Looks from time to time whether the rules in force still fit their tables, and logs it when one drifts. */
@Injectable()
export class DriftWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(DriftWatch.name);
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> = Promise.resolve();
  private known = new Map<string, string>();

  constructor(
    private readonly connections: Connections,
    private readonly schema: SchemaWatch,
  ) {}

  onApplicationBootstrap(): void {
    this.timer ??= setInterval(() => {
      this.checking = this.checking.then(() => this.check());
    }, CHECK_EVERY_MS).unref();
  }

  /** Waits for a check that is under way, so that nothing asks a closed pool. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.checking;
  }

  private async check(): Promise<void> {
    if (this.schema.isAhead) return;
    try {
      const drifted = await checkDrift(this.connections.direct);
      for (const [topic, drift] of drifted) {
        if (this.known.get(topic) !== drift) this.logger.warn(`rule "${topic}" no longer fits its table: ${drift}`);
      }
      this.known = drifted;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn(`could not check the rules for drift: ${reason}`);
    }
  }
}
