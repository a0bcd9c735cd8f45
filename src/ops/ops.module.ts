import { Global, Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { BellController } from './bell.controller.js';
import { FrontPageController } from './front-page.controller.js';
import { HealthController } from './health.controller.js';
import { METRICS, MetricsController } from './metrics.controller.js';
import { ReadinessChecks } from './readiness.js';

/** Health, metrics, and the files for browsers. */
@Global()
@Module({
  controllers: [HealthController, MetricsController, BellController, FrontPageController],
  providers: [
    ReadinessChecks,
    { provide: METRICS, useFactory: () => new Registry() },
  ],
  exports: [ReadinessChecks, METRICS],
})
export class OpsModule {}
