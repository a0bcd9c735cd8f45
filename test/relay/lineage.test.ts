import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { SchemaWatch } from '../../src/database/schema-watch.service.js';
import { Lineage } from '../../src/relay/lineage.js';
import { RelaySession } from '../../src/relay/relay-session.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** A relay that begins in a process that knows nothing of the journal, and writes one entry. */
async function relayOne(): Promise<void> {
  const current = { note: () => undefined, isAhead: false } as unknown as SchemaWatch;
  const session = await RelaySession.unchecked(client, current, new Lineage());
  const receipt = JSON.stringify({ user: 'ann', upTo: '0', seen: true });
  await client.query(`insert into belfry.changes (operation, receipt) values ('receipt', $1)`, [receipt]);
  expect(await session.relay(true)).toMatchObject({ taken: 1 });
}

const epochs = async (): Promise<string[]> =>
  (await client.query<{ since: string }>('select since from belfry.epochs order by number')).rows.map(({ since }) => since);

describe('a relay over a journal that has come from elsewhere', () => {
  it('begins a new epoch before it writes anything, though no tail has looked yet', async () => {
    await relayOne();
    const before = await epochs();
    await client.query(`update belfry.relay_state set origin = 'the server that the backup was of'`);
    await relayOne();
    expect(await epochs()).toEqual([...before, '1']);
  });
});
