import { Module } from '@nestjs/common';
import { Expiry } from './expiry.service.js';

@Module({ providers: [Expiry], exports: [Expiry] })
export class RetentionModule {}
