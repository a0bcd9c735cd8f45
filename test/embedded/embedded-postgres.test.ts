import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isAlive } from '../../src/embedded/process-identity.js';
import { withClient } from '../support/cluster.js';
import { type Child, buildChild, kill, removeChild, serve } from './processes.js';

describe('the embedded PostgreSQL', () => {
  let folder: string;
  let children: Child[];
  const start = (...args: Parameters<typeof serve>): Child => {
    const child = serve(...args);
    children.push(child);
    return child;
  };
  const data = (): string => join(folder, 'data');
  const postmaster = async (): Promise<number> =>
    Number((await readFile(join(data(), 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
  const ask = async (url: string, sql: string): Promise<unknown> =>
    withClient(url, async (client) => Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0]);

  beforeAll(buildChild);
  afterAll(removeChild);
  beforeEach(async () => {
    children = [];
    folder = await mkdtemp(join(tmpdir(), 'belfry-embedded-'));
    await chmod(folder, 0o755);
  });
  afterEach(async () => {
    for (const child of children) if (child.process.exitCode === null && child.process.signalCode === null) await kill(child);
    // Whatever a test left running is adopted once more, to be stopped.
    const last = serve(data());
    await last.served.then(() => kill(last, 'SIGTERM'), () => undefined);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('begins in an empty folder with what Belfry needs, keeps data and address, and ends with its only user', async () => {
    const first = start(data());
    const { url, version, adopted } = await first.served;
    expect(version).toMatch(/^18\./);
    expect(adopted).toBe(false);
    expect(new URL(url)).toMatchObject({ hostname: '127.0.0.1', username: 'postgres', pathname: '/belfry' });
    // Where a table goes that is created by hand; the schema of a user's own name would come first.
    await ask(url, 'create schema belfry');
    expect(await ask(url, 'select current_schema()')).toBe('public');
    expect(await ask(url, 'show track_commit_timestamp')).toBe('on');
    expect(await ask(url, 'show server_encoding')).toBe('UTF8');
    expect(await ask(url, 'show timezone')).toBe('UTC');
    expect(await ask(url, 'show listen_addresses')).toBe('127.0.0.1');
    await ask(url, 'create table kept as select 42 as answer');
    const pid = await postmaster();
    await kill(first, 'SIGTERM');
    expect(isAlive(pid)).toBe(false);
    const second = await start(data()).served;
    expect(second.url).toBe(url);
    expect(await ask(url, 'select answer from kept')).toBe(42);
  });

  it('refuses a wrong password', async () => {
    const { url } = await start(data()).served;
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(ask(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  it('outlives a killed owner and is adopted by the next', async () => {
    const first = start(data());
    const { url } = await first.served;
    const pid = await postmaster();
    await kill(first);
    expect(isAlive(pid)).toBe(true);
    expect(await start(data()).served).toMatchObject({ adopted: true, url });
    expect(await postmaster()).toBe(pid);
  });

  it('recovers after it was killed itself', async () => {
    const first = start(data());
    const { url } = await first.served;
    await ask(url, 'create table kept as select 42 as answer');
    const pid = await postmaster();
    await kill(first);
    process.kill(pid, 'SIGKILL');
    expect(await start(data()).served).toMatchObject({ adopted: false, url });
    expect(await ask(url, 'select answer from kept')).toBe(42);
  });

  it('starts when another program was given the pid in its pid file', async () => {
    const first = start(data());
    await first.served;
    const file = join(data(), 'postgres/postmaster.pid');
    const text = await readFile(file, 'utf8');
    await kill(first, 'SIGTERM');
    // Of the same user: PostgreSQL itself sees through a pid of anybody else.
    const { uid, gid } = await stat(join(data(), 'postgres'));
    const other = spawn('sleep', ['60'], { cwd: '/', ...(process.getuid?.() === 0 && { uid, gid }) });
    try {
      await writeFile(file, text.replace(/^\d+/, String(other.pid)));
      expect(await start(data()).served).toMatchObject({ adopted: false });
    } finally {
      other.kill();
    }
  });

  it('takes another port when somebody has its own', async () => {
    const first = start(data());
    const { url } = await first.served;
    await kill(first, 'SIGTERM');
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(Number(new URL(url).port), '127.0.0.1', resolve));
    try {
      const second = start(data());
      const moved = await second.served;
      expect(moved.url).not.toBe(url);
      expect(await ask(moved.url, 'select 1')).toBe(1);
      expect(second.log.join()).toMatch(/port \d+ is taken/);
    } finally {
      taken.close();
    }
  });

  it('is shared by several processes, of which the last one stops it', async () => {
    const [one, other, killed] = [start(data()), start(data()), start(data())];
    const served = await Promise.all([one.served, other.served, killed.served]);
    expect(new Set(served.map(({ url }) => url)).size).toBe(1);
    expect(served.filter(({ adopted }) => !adopted)).toHaveLength(1);
    const pid = await postmaster();
    await kill(killed);
    await kill(one, 'SIGTERM');
    expect(isAlive(pid)).toBe(true);
    await kill(other, 'SIGTERM');
    expect(isAlive(pid)).toBe(false);
  });

  it('makes its files anew when it was killed while making them', async () => {
    const first = start(data());
    await waitFor(async () => (await readdir(data()).catch(() => [])).some((name) => name.startsWith('creating-')));
    await kill(first);
    const second = start(data());
    expect(await ask((await second.served).url, 'select 1')).toBe(1);
    expect((await readdir(data())).filter((name) => name.startsWith('creating-'))).toEqual([]);
  });

  it('is not bent by PG* variables', async () => {
    const env = { PGHOST: 'nowhere.invalid', PGPORT: '1', PGUSER: 'x', PGDATA: '/nowhere', PGSSLMODE: 'require', PGOPTIONS: '-c no=1' };
    const { url } = await start(data(), { env }).served;
    expect(url).toMatch(/sslmode=disable$/);
    expect(await ask(url, 'show timezone')).toBe('UTC');
  });

  it('names a folder of another PostgreSQL version, and leaves it alone', async () => {
    const first = start(data());
    await first.served;
    await kill(first, 'SIGTERM');
    const file = join(data(), 'postgres/PG_VERSION');
    await writeFile(file, '17\n');
    await expect(start(data()).served).rejects.toThrow(/written by PostgreSQL 17, and this Belfry brings PostgreSQL 18/);
    await writeFile(file, '18\n');
    expect(await start(data()).served).toMatchObject({ adopted: false });
  });

  it('names a folder that is a file', async () => {
    await writeFile(data(), '');
    await expect(start(data()).served).rejects.toThrow(/cannot keep the database in .*there is a file of that name/);
  });

  it('keeps a path with spaces and quotes', async () => {
    const odd = join(folder, `my "shop" $HOME`);
    await mkdir(odd);
    const child = start(join(odd, 'data'));
    const { url } = await child.served;
    expect(await ask(url, 'select 1')).toBe(1);
    const cluster = String(await ask(url, 'show data_directory'));
    await kill(child, 'SIGTERM');
    expect(cluster).not.toContain('$HOME');
    await rm(join(cluster, '..'), { recursive: true });
  });
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}
