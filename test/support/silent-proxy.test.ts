import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from './database.js';
import { SilentProxy } from './silent-proxy.js';
import { until } from './until.js';

let database: TestDatabase;
let proxy: SilentProxy;
let clients: pg.Client[];
beforeEach(async () => {
  database = await createDatabase();
  proxy = await SilentProxy.start(Number(new URL(database.url).port));
  clients = [];
});
afterEach(async () => {
  await proxy.close();
  for (const client of clients) await client.end().catch(() => undefined);
  await database.drop();
});

async function connect(applicationName: string): Promise<pg.Client> {
  const url = new URL(database.url);
  url.port = String(proxy.port);
  const client = new pg.Client({ connectionString: url.href, application_name: applicationName });
  client.on('error', () => undefined);
  clients.push(client);
  await client.connect();
  return client;
}

describe('the proxy of the fault tests', () => {
  it('holds back the connections that are chosen, and gives them all of it later', async () => {
    const [held, free] = [await connect('belfry relay'), await connect('other')];
    proxy.fallSilent((name) => name === 'belfry relay');
    const answers: string[] = [];
    void held.query('select 1').then(() => answers.push('held'));
    await free.query('select pg_sleep(0.2)');
    expect(answers).toEqual([]);
    proxy.speak();
    await until('the held answer comes', () => answers.includes('held'));
  });

  it('swallows the notifications of a channel, and those only', async () => {
    const listening = await connect('belfry listen');
    const heard: string[] = [];
    listening.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`));
    await listening.query('listen one; listen two');
    proxy.swallow('one');
    const free = await connect('other');
    for (const n of [1, 2]) await free.query(`select pg_notify('one', '${n}'), pg_notify('two', '${n}')`);
    await until('what is left arrives', () => heard.length === 2);
    expect(heard).toEqual(['two 1', 'two 2']);
    expect((await listening.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    proxy.swallow();
    await free.query(`select pg_notify('one', '3')`);
    await until('it arrives again', () => heard.includes('one 3'));
  });
});
