import { Controller, Get } from '@nestjs/common';
import { Public } from '../auth/auth.guard.js';
import { Uncounted } from '../auth/rate-limit.guard.js';
import { problem } from './problem.js';
import { ReadinessChecks } from './readiness.js';

/** For what watches the process. Public. */
@Controller('health')
@Public()
@Uncounted()
export class HealthController {
  constructor(private readonly readiness: ReadinessChecks) {}

  /** The process runs and answers. Not answering is a reason to restart it. */
  @Get('live')
  live(): { status: string } {
    return { status: 'live' };
  }

  /** Requests can be served. Not being ready is a reason to send them elsewhere, not to restart. */
  @Get('ready')
  async ready(): Promise<{ status: string; checks: Record<string, string> }> {
    const checks = await this.readiness.run();
    const failing = Object.entries(checks).filter(([, outcome]) => outcome !== 'ok');
    if (failing.length === 0) return { status: 'ready', checks };
    const reasons = failing.map(([name, reason]) => `${name}: ${reason}`).join('; ');
    throw problem(503, `Not ready: ${reasons}.`, { kind: 'not-ready', checks });
  }
}
