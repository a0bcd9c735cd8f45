import { Injectable, Logger } from '@nestjs/common';

/** A reason for not being ready, or undefined. Throwing and taking longer than a second both mean "does not answer". */
export type ReadinessCheck = () => string | undefined | Promise<string | undefined>;

/** How long a check may take, in milliseconds. */
const TIME_LIMIT = 1000;

/** What has to work before requests are sent here. Stations register their checks. */
@Injectable()
export class ReadinessChecks {
  private readonly logger = new Logger('Readiness');
  private readonly checks = new Map<string, ReadinessCheck>();

  /** Replaces a check of the same name. */
  register(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }

  /** Each check's name with `ok` or the reason. */
  async run(): Promise<Record<string, string>> {
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
