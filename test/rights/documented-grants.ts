import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { OwnPostgres } from '../support/postgres.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The blocks of SQL under "Rights" in docs/operations.md, to the letter: the roles, then a program that publishes. */
async function documentedGrants(): Promise<[roles: string, publishing: string]> {
  const text = await readFile(join(root, 'docs/operations.md'), 'utf8');
  const [, rights = ''] = /^## Rights$([\s\S]*?)^## /m.exec(text) ?? [];
  const [roles, publishing] = [...rights.matchAll(/^```sql\n([\s\S]*?)^```/gm)].map(([, sql]) => sql);
  if (roles === undefined || publishing === undefined) throw new Error('docs/operations.md lacks an sql block under "## Rights", expected the GRANTs of roles and of publishing');
  return [roles, publishing];
}

/**
 * A PostgreSQL with the shop's tables, whose owner is `shop_owner`, and with the documented roles. `shop` is a program that
 * writes to orders, and may do nothing else but what PostgreSQL lets everybody do.
 */
export class GuardedShop {
  private readonly clients: pg.Client[] = [];

  private constructor(private readonly postgres: OwnPostgres) {}

  static async start(): Promise<GuardedShop> {
    const shop = new GuardedShop(await OwnPostgres.start());
    const admin = await shop.as('postgres');
    // What PostgreSQL 14 lets everybody do, and later ones no more: the worse case.
    await admin.query('grant create on schema public to public');
    await admin.query('create role shop_owner login; create role shop login');
    const tables = await readFile(join(root, 'prisma/sample/migrations/20261123000000_shop/migration.sql'), 'utf8');
    const owner = await shop.as('shop_owner');
    await owner.query(tables);
    await owner.query('grant select, insert, update, delete on public.orders to shop');
    await admin.query((await documentedGrants())[0]);
    return shop;
  }

  /** Lets `shop` publish. @returns takes it back */
  async letPublish(): Promise<() => Promise<void>> {
    const admin = await this.as('postgres');
    await admin.query((await documentedGrants())[1]);
    return async () => {
      await admin.query('revoke execute on function belfry.publish, belfry.resolve from shop; revoke usage on schema belfry from shop');
    };
  }

  url(role: string): string {
    const url = new URL(this.postgres.url);
    url.username = role;
    return url.href;
  }

  async as(role: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url(role), application_name: role });
    client.on('error', () => undefined);
    await client.connect();
    this.clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.end()));
    await this.postgres.remove();
  }
}
