import { Module } from '@nestjs/common';
import { JournalModule } from '../journal/journal.module.js';
import { Claims } from './claims.repository.js';
import { CountsKeeper } from './counts-keeper.service.js';
import { CountsRepository } from './counts.repository.js';
import { FeedRepository } from './feed.repository.js';
import { InboxController } from './inbox.controller.js';
import { Inboxes } from './inboxes.service.js';
import { MarksRepository } from './marks.repository.js';
import { PreferencesController } from './preferences.controller.js';
import { PreferencesRepository } from './preferences.repository.js';
import { Shelf } from './shelf.repository.js';
import { VerbsController } from './verbs.controller.js';
import { WhyRepository } from './why.repository.js';

@Module({
  imports: [JournalModule],
  controllers: [InboxController, VerbsController, PreferencesController],
  providers: [Inboxes, Claims, Shelf, FeedRepository, CountsRepository, CountsKeeper, MarksRepository, WhyRepository, PreferencesRepository],
  exports: [CountsKeeper],
})
export class InboxModule {}
