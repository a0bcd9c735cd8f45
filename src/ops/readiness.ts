import { Injectable, Logger } from '@nestjs/common';

/** A reason for not being ready, or undefined. Throwing and taking longer than a second both mean "does not answer". */
export type ReadinessCheck = () => string | undefined | Promise<string | undefined>;

/** How long a check may take, in milliseconds. */
const TIME_LIMIT = 1000;

/** Why the process as a whole does not serve. */
interface Hold {
  phase: 'start' | 'stop';
  what: string;
  /** By the monotonic clock. */
  since: number;
}

/** What has to work before requests are sent here. Stations register their checks. */
@Injectable()
export class ReadinessChecks {
  private readonly logger = new Logger('Readiness');
  private readonly checks = new Map<string, ReadinessCheck>();
  private hold: Hold | undefined;

  /** Replaces a check of the same name. */
  register(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }

  /** Not ready until `started()`, and why; said again with the same words, the time runs on. */
  starting(what: string): void {
    if (this.hold?.phase !== 'stop' && this.hold?.what !== what) this.hold = { phase: 'start', what, since: performance.now() };
  }

  started(): void {
    if (this.hold?.phase === 'start') this.hold = undefined;
  }

  /** Not ready any more, for good. */
  stopping(): void {
    this.hold = { phase: 'stop', what: 'shutting down', since: performance.now() };
  }

  /** What the start waits for and since when, undefined after it. */
  get startsWith(): string | undefined {
    return this.hold?.phase === 'start' ? told(this.hold) : undefined;
  }

  /** Each check's name with `ok` or the reason. Before and after the time of service there is nothing to check. */
  async run(): Promise<Record<string, string>> {
    if (this.hold) return { [this.hold.phase]: told(this.hold) };
    const results = [...this.checks].map(async ([name, check]) => [name, await this.outcome(name, check)] as const);
    return Object.fromEntries(await Promise.all(results));
  }

  private async outcome(name: string, check: ReadinessCheck): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`does not answer within ${TIME_LIMIT / 1000} s`), TIME_LIMIT);
    });
    try {
      return (await Promise.race([check(), late])) ?? 'ok';
    } catch (error) {
      // The address in it is for the log, not for everybody.
      this.logger.warn(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return 'does not answer';
    } finally {
      clearTimeout(timer);
    }
  }
}

/** `applying the rules, for 12 s` */
function told({ what, since }: Hold): string {
  return `${what}, for ${Math.round((performance.now() - since) / 1_000)} s`;
}
