import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { Client } from './client.js';
import { Sessions } from './sessions.js';

/** Where the database is. */
export interface DatabaseOptions {
  /** Connection string for requests; may go through a transaction pooler. */
  url: string;
  /** Connection string for LISTEN, the relay and the tail; must reach PostgreSQL itself. */
  directUrl: string;
}
export const DATABASE_OPTIONS = Symbol('DATABASE_OPTIONS');

/** Connections that serve requests. */
const REQUEST_CONNECTIONS = 10;
/** Connections that the tail and replays share. */
const DIRECT_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 5_000;
/** No request's statement may take longer. Enforced by the client: a pooler refuses settings at connect. */
const QUERY_TIMEOUT_MS = 15_000;

/** Every connection to PostgreSQL but LISTEN's and the relay's comes from here. */
@Injectable()
export class Connections implements OnApplicationShutdown {
  private readonly logger = new Logger(Connections.name);
  readonly requests: pg.Pool;
  readonly direct: pg.Pool;
  /** All that is open, to be ended when the process is in a hurry. */
  readonly sessions = new Sessions();

  constructor(@Inject(DATABASE_OPTIONS) private readonly options: DatabaseOptions) {
    this.requests = this.pool(options.url, 'belfry request', REQUEST_CONNECTIONS);
    this.direct = this.pool(options.directUrl, 'belfry tail', DIRECT_CONNECTIONS);
  }

  /** Whether requests have sessions of their own too, as was checked at the start: what is prepared in one is found there again. */
  get keepsStatements(): boolean {
    return this.options.url === this.options.directUrl;
  }

  /** A client of its own, straight to PostgreSQL, not yet connected. `purpose` shows in pg_stat_activity. */
  directClient(purpose: string): pg.Client {
    return this.sessions.follow(new Client({
      connectionString: this.options.directUrl,
      application_name: `belfry ${purpose}`,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS * 2,
      keepAlive: true,
      keepAliveInitialDelayMillis: 1_000,
    }));
  }

  /** Lends a pooled connection straight to PostgreSQL; one that failed is not used again. */
  async withDirect<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    const client = await this.direct.connect();
    let failed = true;
    try {
      const result = await work(client);
      failed = false;
      return result;
    } finally {
      client.release(failed);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.requests.end(), this.direct.end()]);
  }

  private pool(connectionString: string, applicationName: string, max: number): pg.Pool {
    const { sessions } = this;
    const pool = new pg.Pool({
      Client: class extends Client {
        constructor(config?: pg.ClientConfig) {
          super(config);
          sessions.follow(this);
          // Lent out, between two statements or on its way back, it has no other hearer: unheard, its loss would end the process.
          this.on('error', () => undefined);
        }
      },
      connectionString,
      application_name: applicationName,
      max,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 1_000,
    });
    // An idle connection that is lost is replaced at the next use.
    pool.on('error', (error) => this.logger.warn(`a connection of "${applicationName}" was lost: ${error.message}`));
    return pool;
  }
}
