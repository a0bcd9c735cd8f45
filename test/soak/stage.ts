import type { Ledger } from '../support/ledger.js';
import { OwnPostgres } from '../support/postgres.js';
import { ServerProcess } from '../support/server.js';
import { SilentProxy } from '../support/silent-proxy.js';
import type { Desk } from './desk/desk.js';
import type { Marker } from './marker.js';
import { createTables, RULES } from './rules.js';
import type { TirelessReader } from './tireless-reader.js';
import type { Writers } from './writers.js';

/** A server under test, and what stands between it and the database. */
export interface Member {
  server: ServerProcess;
  proxy: SilentProxy;
}

/** Everything that plays a part in a run. */
export class Stage {
  readonly readers: TirelessReader[] = [];
  readonly markers: Marker[] = [];
  /** What the database held each time before a backup took its place. */
  readonly ledgers: Ledger[] = [];
  writers: Writers | undefined;
  desk: Desk | undefined;

  private constructor(
    readonly postgres: OwnPostgres,
    readonly members: readonly Member[],
  ) {}

  /** One database, and servers on it that lead by turns. */
  static async set(servers: number): Promise<Stage> {
    const postgres = await OwnPostgres.start();
    const members: Member[] = [];
    const stage = new Stage(postgres, members);
    try {
      const client = await postgres.connect();
      await createTables(client);
      await client.end();
      for (let number = 0; number < servers; number++) {
        const proxy = await SilentProxy.start(postgres.port);
        const url = new URL(postgres.url);
        url.port = String(proxy.port);
        const options = { databaseUrl: url.href, rules: RULES, env: { LOG_LEVEL: 'info' }, shiftingClock: true };
        members.push({ server: await ServerProcess.prepare(options), proxy });
      }
      await Promise.all(members.map(({ server }) => server.restart()));
    } catch (error) {
      await stage.strike();
      throw error;
    }
    return stage;
  }

  /** What a load balancer has. */
  get urls(): string[] {
    return this.members.map(({ server }) => server.url);
  }

  /** What the servers said, each after its number. */
  get output(): string {
    return this.members.map(({ server }, number) => `=== server ${number}\n${server.output.slice(-100_000)}`).join('\n');
  }

  /** Ends everything that was begun. */
  async strike(): Promise<void> {
    await Promise.all([...this.readers, ...this.markers].map((one) => one.stop()));
    await Promise.all(this.members.map(({ server }) => server.remove()));
    await this.writers?.stop();
    await this.desk?.stop();
    await Promise.all(this.members.map(({ proxy }) => proxy.close()));
    await this.postgres.remove();
  }
}
