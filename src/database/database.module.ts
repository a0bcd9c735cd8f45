import { type DynamicModule, Module } from '@nestjs/common';
import { Connections, DATABASE_OPTIONS, type DatabaseOptions } from './connections.js';
import { Listener } from './listener.js';
import { PrismaService } from './prisma.service.js';
import { SchemaWatch } from './schema-watch.service.js';

@Module({})
export class DatabaseModule {
  static forRoot(options: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [{ provide: DATABASE_OPTIONS, useValue: options }, Connections, PrismaService, Listener, SchemaWatch],
      exports: [Connections, PrismaService, Listener, SchemaWatch],
    };
  }
}
