import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthModule } from './auth/auth.module.js';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import type { DatabaseOptions } from './database/connections.js';
import { DatabaseModule } from './database/database.module.js';
import { InboxModule } from './inbox/inbox.module.js';
import { JournalModule } from './journal/journal.module.js';
import { CurrentSchemaGuard } from './ops/current-schema.guard.js';
import { OpsModule } from './ops/ops.module.js';
import { PublishModule } from './publish/publish.module.js';
import { RelayModule } from './relay/relay.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { RulesModule } from './rules/rules.module.js';
import { SampleModule } from './sample/sample.module.js';
import { StreamModule } from './stream/stream.module.js';

/** The stations and what they stand on; in the sample, the shop beside them. */
@Module({})
export class AppModule {
  static forRoot(config: Config, database: DatabaseOptions): DynamicModule {
    return {
      module: AppModule,
      providers: [{ provide: APP_GUARD, useClass: CurrentSchemaGuard }],
      imports: [
        ConfigModule.forRoot(config),
        DatabaseModule.forRoot(database),
        AuthModule.forRoot(config, { publicPaths: config.sampleSignIn ? ['/shop'] : [] }),
        OpsModule,
        RulesModule,
        PublishModule,
        RelayModule,
        JournalModule,
        RetentionModule,
        InboxModule,
        StreamModule,
        ...(config.sample ? [SampleModule.forRoot({ databaseUrl: database.url })] : []),
      ],
    };
  }
}
