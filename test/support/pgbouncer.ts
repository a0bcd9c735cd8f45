import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './server.js';
import { until } from './until.js';

const NAMES = ['pgbouncer', '/usr/sbin/pgbouncer'];
const found = NAMES.find((name) => spawnSync(name, ['--version']).status === 0);

/** Whether this machine has the real thing. */
export const hasPgBouncer = found !== undefined;

/** PgBouncer itself, in front of a database. */
export class PgBouncer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
  ) {}

  static async start(target: string, mode: 'transaction' | 'session'): Promise<PgBouncer> {
    const folder = await mkdtemp(join(tmpdir(), 'belfry-pgbouncer-'));
    await chmod(folder, 0o755);
    const { hostname, port, username, password } = new URL(target);
    const own = await freePort();
    const ini = join(folder, 'pgbouncer.ini');
    await writeFile(
      ini,
      `[databases]
* = host=${hostname} port=${port} user=${decodeURIComponent(username)} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = 20
max_client_conn = 200
`,
    );
    const url = new URL(target);
    url.hostname = '127.0.0.1';
    url.port = String(own);
    // It refuses to run as root.
    const asUser = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const child = spawn(found ?? 'pgbouncer', ['-q', ini], { stdio: 'ignore', ...asUser });
    const bouncer = new PgBouncer(child, folder, url.href);
    await until('PgBouncer answers', async () => {
      const client = new pg.Client({ connectionString: url.href });
      return client.connect().then(() => client.end().then(() => true), () => false);
    });
    return bouncer;
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
