import { Module } from '@nestjs/common';
import { DriftWatch } from './drift-watch.service.js';
import { RulesController } from './rules.controller.js';
import { RulesRepository } from './rules.repository.js';

/** What the rules in force are and how they fare. They are applied before the application starts. */
@Module({ controllers: [RulesController], providers: [RulesRepository, DriftWatch] })
export class RulesModule {}
