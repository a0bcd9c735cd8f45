import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { Connections } from './connections.js';
import { PrismaClient } from './generated/client.js';

/** Prisma over the request pool: what reads, receipts and the rules page are asked through. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  constructor(connections: Connections) {
    super({ adapter: new PrismaPg(connections.requests, { disposeExternalPool: false }) });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
