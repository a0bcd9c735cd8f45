import { Module } from '@nestjs/common';
import { Lineage } from './lineage.js';
import { Relay } from './relay.service.js';

@Module({ providers: [Lineage, Relay], exports: [Lineage, Relay] })
export class RelayModule {}
