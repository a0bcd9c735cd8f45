import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.js';

/** Where the shop's tables are. */
export interface ShopOptions {
  databaseUrl: string;
}

/** Injects the `ShopOptions`. */
export const SHOP_OPTIONS = Symbol('ShopOptions');

/** The shop's own connections: to PostgreSQL it is a program like any other. */
const CONNECTIONS = 8;

/** The shop's tables, through Prisma. */
@Injectable()
export class ShopDatabase extends PrismaClient implements OnApplicationShutdown {
  constructor(@Inject(SHOP_OPTIONS) options: ShopOptions) {
    const pool = new pg.Pool({
      connectionString: options.databaseUrl,
      application_name: 'sample shop',
      max: CONNECTIONS,
      connectionTimeoutMillis: 5_000,
      query_timeout: 15_000,
    });
    // An idle connection that is lost is replaced at the next use; unheard, its error would end the process.
    pool.on('error', (error) => new Logger('Shop').warn(`A connection was lost: ${error.message}`));
    super({ adapter: new PrismaPg(pool, { disposeExternalPool: true }) });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
