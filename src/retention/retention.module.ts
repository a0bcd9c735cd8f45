import { Module } from '@nestjs/common';
import { Expiry } from './expiry.service.js';
import { Purge } from './purge.service.js';
import { RetentionMetrics } from './retention.metrics.js';

@Module({ providers: [Expiry, Purge, RetentionMetrics], exports: [Expiry, Purge] })
export class RetentionModule {}
