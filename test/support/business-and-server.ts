import pg from 'pg';
import { createDatabase } from './database.js';
import { ServerProcess } from './server.js';
import { SECRET } from './tokens.js';

/** A database of a test's own, a business program that writes to it, and a server of its own process that can be killed. */
export class BusinessAndServer {
  private constructor(
    readonly business: pg.Client,
    readonly server: ServerProcess,
    private readonly drop: () => Promise<void>,
  ) {}

  /** @param rules over `things (id)`, which is made; the text of belfry.yaml */
  static async start(rules: string): Promise<BusinessAndServer> {
    const database = await createDatabase();
    const business = new pg.Client({ connectionString: database.url });
    await business.connect();
    await business.query('create table public.things (id bigserial primary key)');
    const server = await ServerProcess.start({ databaseUrl: database.url, rules, env: { BELFRY_JWT_SECRET: SECRET } });
    return new BusinessAndServer(business, server, () => database.drop());
  }

  /** The only number of a question's only row. */
  async count(sql: string): Promise<number> {
    const { rows } = await this.business.query<Record<string, string>>(sql);
    return Number(Object.values(rows[0] ?? {})[0]);
  }

  async close(): Promise<void> {
    await this.server.remove();
    await this.business.end();
    await this.drop();
  }
}
