import { Module } from '@nestjs/common';
import { RelayModule } from '../relay/relay.module.js';
import { JournalRepository } from './journal.repository.js';
import { Tail } from './tail.service.js';

@Module({ imports: [RelayModule], providers: [JournalRepository, Tail], exports: [JournalRepository, Tail] })
export class JournalModule {}
