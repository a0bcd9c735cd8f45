import { Module } from '@nestjs/common';
import { JournalRepository } from './journal.repository.js';
import { Tail } from './tail.service.js';

@Module({ providers: [JournalRepository, Tail], exports: [JournalRepository, Tail] })
export class JournalModule {}
