import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { Connections } from './connections.js';
import { PrismaClient } from './generated/client.js';
import { nameOf } from './statements.js';

/** Prisma over the request pool: what reads, receipts and the rules page are asked through. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  constructor(connections: Connections) {
    const { requests, keepsStatements } = connections;
    super({ adapter: new PrismaPg(requests, { disposeExternalPool: false, statementNameGenerator: ({ sql }) => (keepsStatements ? nameOf(sql) : '') }) });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
