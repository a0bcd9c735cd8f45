import { DynamicModule, Global, Inject, Logger, Module, OnModuleInit } from '@nestjs/common';
import type { Config } from './config.js';

/** Injects the `Config`. */
export const CONFIG = Symbol('Config');

/** Gives every module the configuration, and says at start what in it looks like a mistake. */
@Global()
@Module({})
export class ConfigModule implements OnModuleInit {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  static forRoot(config: Config): DynamicModule {
    return { module: ConfigModule, providers: [{ provide: CONFIG, useValue: config }], exports: [CONFIG] };
  }

  onModuleInit(): void {
    const logger = new Logger('Config');
    for (const warning of this.config.warnings) logger.warn(warning);
  }
}
