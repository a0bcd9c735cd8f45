import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Outbox } from '../../src/relay/outbox.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

async function connected<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const write = (client: pg.Client, key: string): Promise<unknown> =>
  client.query(`insert into belfry.changes (operation, key) values ('insert', $1)`, [key]);

describe('a transaction that was open while a backlog was taken', () => {
  it('comes before what the same program wrote after it', async () => {
    const taken = await connected((late) =>
      connected((busy) =>
        connected(async (relay) => {
          await late.query('begin');
          await write(late, 'first');
          for (let number = 0; number < 12; number++) await write(busy, `other ${number}`);
          const outbox = await Outbox.open(relay);
          const keys = (await outbox.take(4)).map(({ key }) => key);
          await late.query('commit');
          await write(late, 'second');
          for (let found = await outbox.take(4); found.length > 0; found = await outbox.take(4)) {
            keys.push(...found.map(({ key }) => key));
          }
          return [...keys, ...(await outbox.take(4)).map(({ key }) => key)];
        }),
      ),
    );
    expect(taken).toHaveLength(14);
    expect(taken.filter((key) => key === 'first' || key === 'second')).toEqual(['first', 'second']);
  });
});

describe('a transaction that began last and is still open', () => {
  it('is not passed over: its rows are taken after its commit, however low their ids', async () => {
    const taken = await connected((early) =>
      connected((late) =>
        connected(async (relay) => {
          // The early one has the lower transaction id and the higher change: the late one is then the very snapshot's xmax.
          await early.query('begin; select pg_current_xact_id()');
          await late.query('begin; select pg_current_xact_id()');
          await write(late, 'late');
          await write(early, 'early');
          await early.query('commit');
          const outbox = await Outbox.open(relay);
          const keys: (string | null)[] = [];
          const look = async (): Promise<void> => {
            keys.push(...(await outbox.take(10)).map(({ key }) => key));
          };
          await look();
          for (const key of ['one', 'two', 'three']) {
            await write(early, key);
            await look();
          }
          await late.query('commit');
          await look();
          await write(early, 'end');
          await look();
          expect(await outbox.isEmpty()).toBe(true);
          return keys;
        }),
      ),
    );
    expect(taken).toEqual(['early', 'one', 'two', 'three', 'late', 'end']);
  });
});
