import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Registry } from 'prom-client';
import { Public } from '../auth/auth.guard.js';

/** Injects the prom-client `Registry`; stations register their metrics in it. */
export const METRICS = Symbol('Metrics');

/** For Prometheus. Public: it has numbers of the whole, nothing of any admin. */
@Controller('metrics')
@Public()
export class MetricsController {
  constructor(@Inject(METRICS) private readonly registry: Registry) {}

  @Get()
  async metrics(@Res() response: Response): Promise<void> {
    response.type(this.registry.contentType).send(await this.registry.metrics());
  }
}
