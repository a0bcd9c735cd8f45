import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Registry } from 'prom-client';
import { Public } from '../auth/auth.guard.js';
import { processMetrics } from './process-metrics.js';

/** Injects the prom-client `Registry`; stations register their metrics in it. The process's own are beside it. */
export const METRICS = Symbol('Metrics');

/** For Prometheus. Public: it has numbers of the whole, nothing of any admin. */
@Controller('metrics')
@Public()
export class MetricsController {
  constructor(@Inject(METRICS) private readonly registry: Registry) {}

  @Get()
  async metrics(@Res() response: Response): Promise<void> {
    const all = Registry.merge([processMetrics(), this.registry]);
    response.type(all.contentType).send(await all.metrics());
  }
}
