import pg from 'pg';
import { migrate } from '../../src/database/migrations.js';
import { Unpacker } from '../../src/relay/unpack.js';
import { applyRules, type Applied } from '../../src/rules/apply.js';
import type { LockOptions } from '../../src/rules/lock-patience.js';
import { parseRules } from '../../src/rules/rules-file.js';
import { createDatabase } from '../support/database.js';

/** A captured change as a test looks at it; jsonb as text, so that no digit is lost. */
export interface Captured {
  rule: number;
  operation: string;
  key: string | null;
  old: string | null;
  new: string | null;
  capture: string | null;
}

/** A database of a test's own with Belfry's tables, a connection, and rules to apply to it. */
export class Workbench {
  private readonly clients: pg.Client[] = [];

  private constructor(
    readonly url: string,
    private readonly dropDatabase: () => Promise<void>,
    readonly client: pg.Client,
  ) {}

  static async open(sql = '', kind: 'belfry' | 'shop' = 'belfry'): Promise<Workbench> {
    const database = await createDatabase(kind);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(sql);
    return new Workbench(database.url, () => database.drop(), client);
  }

  /** In a database that is there, and gets Belfry's tables. */
  static async at(url: string, sql = ''): Promise<Workbench> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await migrate(client, 'prisma/migrations', 'belfry');
    await client.query(sql);
    return new Workbench(url, () => Promise.resolve(), client);
  }

  /** Another session, closed with the workbench. */
  async session(changed: (url: URL) => void = () => undefined): Promise<pg.Client> {
    const url = new URL(this.url);
    changed(url);
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    this.clients.push(client);
    return client;
  }

  apply(yaml: string, options?: LockOptions): Promise<Applied> {
    return applyRules(this.client, parseRules(yaml), options);
  }

  /** Everything captured so far, oldest first; takes it off the outbox. */
  async take(): Promise<Captured[]> {
    const { rows } = await this.client.query<Captured>(`
      with taken as materialized (select * from belfry.changes),
           narrow as (delete from belfry.captured_rows),
           wide as (delete from belfry.other_changes)
      select rule, operation, key, old::text, new::text, capture from taken order by id`);
    await new Unpacker(this.client).unpack(rows);
    return rows;
  }

  async close(): Promise<void> {
    await Promise.all([this.client, ...this.clients].map((client) => client.end()));
    await this.dropDatabase();
  }
}

/** A rules file with one rule on public.things. */
export function rule(fields: string): string {
  const lines = fields.trim().split('\n').map((line) => line.trim());
  const given = (key: string): boolean => lines.some((line) => line.startsWith(`${key}:`));
  const defaults = [['topic', 'thing.changed'], ['table', 'public.things'], ['audience', '[everyone]'], ['title', '"{{ row.id }}"'], ['on', 'insert']];
  const all = [...lines, ...defaults.filter(([key = '']) => !given(key)).map(([key, value]) => `${key ?? ''}: ${value ?? ''}`)];
  return `rules:\n  - ${all.join('\n    ')}\n`;
}
