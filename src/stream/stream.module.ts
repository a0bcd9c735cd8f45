import { Module } from '@nestjs/common';
import { InboxModule } from '../inbox/inbox.module.js';
import { JournalModule } from '../journal/journal.module.js';
import { Hub } from './hub.service.js';
import { PollController } from './poll.controller.js';
import { PulseService } from './pulse.service.js';
import { SessionOpener } from './session-opener.service.js';
import { StreamController } from './stream.controller.js';
import { DEFAULT_LIMITS, STREAM_LIMITS } from './stream.limits.js';

@Module({
  imports: [JournalModule, InboxModule],
  controllers: [StreamController, PollController],
  providers: [Hub, PulseService, SessionOpener, { provide: STREAM_LIMITS, useFactory: () => ({ ...DEFAULT_LIMITS }) }],
})
export class StreamModule {}
