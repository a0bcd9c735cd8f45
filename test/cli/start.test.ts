import { afterEach, describe, expect, it } from '@jest/globals';
import { THINGS } from '../support/app.js';
import { withClient } from '../support/cluster.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { Reader } from '../support/reader.js';
import { ServerProcess } from '../support/server.js';
import { tokenFor } from '../support/tokens.js';
import { Belfry, MAIN } from './belfry.js';

let database: TestDatabase | undefined;
let server: ServerProcess | undefined;
let belfry: Belfry | undefined;
afterEach(async () => {
  await server?.remove();
  await belfry?.remove();
  await database?.drop();
});

describe('belfry start', () => {
  it('migrates, applies the rules, serves until it is told to stop, and ends with 0', async () => {
    database = await createDatabase('empty');
    const { url } = database;
    await withClient(url, (client) => client.query('create table public.things (id bigserial primary key, name text, owner text, state text)'));
    server = await ServerProcess.start({ databaseUrl: url, rules: THINGS, main: MAIN, args: ['start'] });
    const reader = await Reader.open(server.url, { token: await tokenFor('ann', ['staff']) });
    await reader.frame('ready');
    await withClient(url, (client) => client.query(`insert into things (name) values ('a bell')`));
    expect(await reader.frame('notifications')).toMatchObject({ data: [{ title: 'a bell' }] });
    reader.close();
    expect(await server.kill('SIGTERM')).toBe(0);
  });

  it('asks of the environment what a server needs, and ends with 1 where it lacks', async () => {
    belfry = await Belfry.in('postgresql://127.0.0.1:1/nowhere', THINGS);
    const { code, stderr, stdout } = await belfry.run(['start']);
    expect({ code, said: stdout + stderr }).toEqual({ code: 1, said: expect.stringContaining('BELFRY_JWT_SECRET') });
  });
});
