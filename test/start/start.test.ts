import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isAlive } from '../../src/embedded/process-identity.js';
import { withClient } from '../support/cluster.js';
import { NpmStart } from './npm-start.js';

describe('npm start', () => {
  let folder: string;
  let started: NpmStart[];
  const start = (data: string, port: number): NpmStart => {
    const npm = new NpmStart(join(folder, data), port);
    started.push(npm);
    return npm;
  };
  const postmaster = async (data: string): Promise<number> =>
    Number((await readFile(join(folder, data, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);

  beforeEach(async () => {
    started = [];
    folder = await mkdtemp(join(tmpdir(), 'belfry-start-'));
    await chmod(folder, 0o755);
  });
  afterEach(async () => {
    await Promise.all(started.map((npm) => npm.end('SIGTERM')));
    // npm is gone before the server that it started: what it holds is let go of last.
    for (const data of await readdir(folder)) await until(() => !existsSync(join(folder, data, 'postgres/postmaster.pid')));
    await rm(folder, { recursive: true, maxRetries: 10, retryDelay: 200 });
  });

  it('prints a page that answers and a database that psql can be given, and ends without a trace', async () => {
    const port = await freePort();
    const npm = start('data', port);
    const { page, database } = await npm.ready();
    expect(page).toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(page)).status).toBe(200);
    expect((await fetch(`${page}/health/ready`)).status).toBe(200);
    const orders = await withClient(database, (client) => client.query('select from public.orders'));
    expect(orders.rowCount).toBeGreaterThan(0);
    const pid = await postmaster('data');
    await npm.end('SIGTERM');
    await until(() => !isAlive(pid));
    await expect(fetch(page)).rejects.toThrow();
  });

  it('runs twice side by side, each with data of its own', async () => {
    const [one, other] = [start('one', await freePort()), start('other', await freePort())];
    const [first, second] = await Promise.all([one.ready(), other.ready()]);
    expect(first.database).not.toBe(second.database);
    await withClient(first.database, (client) => client.query('delete from public.comments'));
    const left = await withClient(second.database, (client) => client.query('select from public.comments'));
    expect(left.rowCount).toBeGreaterThan(0);
  });

  it('starts again at once after kill -9, with the same addresses, data and no second server', async () => {
    const port = await freePort();
    const killed = start('data', port);
    const before = await killed.ready();
    await withClient(before.database, (client) => client.query('create table public.kept ()'));
    await killed.end('SIGKILL');
    const after = await start('data', port).ready();
    expect(after).toEqual(before);
    await withClient(after.database, (client) => client.query('select from public.kept'));
    expect((await fetch(`${after.page}/health/ready`)).status).toBe(200);
  });
});

/** A port that nobody has at the moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
