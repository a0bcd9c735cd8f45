import { Module } from '@nestjs/common';
import { Publications } from './publications.repository.js';
import { PublishController } from './publish.controller.js';

/** What code publishes over REST. What it publishes in SQL goes past this. */
@Module({ controllers: [PublishController], providers: [Publications] })
export class PublishModule {}
