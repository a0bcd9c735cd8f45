import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { chooseAccount, type Account } from '../../src/embedded/account.js';
import { findBinaries } from '../../src/embedded/binaries.js';
import { sqlState } from '../../src/database/server.js';
import { isStillLeaving } from '../../src/embedded/failures.js';
import { usableBinaries } from '../../src/embedded/place.js';
import { isAlive } from '../../src/embedded/process-identity.js';
import { run } from '../../src/embedded/run.js';
import { freePort } from './server.js';
import { until } from './until.js';

/** Another PostgreSQL to test with: the folder of its programs. Default: the embedded one. */
const PROGRAMS = process.env.BELFRY_TEST_PG_BIN;

/**
 * A PostgreSQL of a test's own, to be crashed. It writes as a user's does (fsync and synchronous commit on), and always
 * comes back on the same port.
 */
export class OwnPostgres {
  private constructor(
    private readonly folder: string,
    private readonly bin: string,
    private readonly account: Account | undefined,
    readonly port: number,
    private readonly settings: string[],
  ) {}

  /**
   * @param settings on top of PostgreSQL's own defaults
   * @param programs the folder of its programs, where they must be certain ones
   */
  static async start(settings: Record<string, string> = {}, programs = PROGRAMS): Promise<OwnPostgres> {
    const folder = await mkdtemp(join(tmpdir(), 'belfry-crash-'));
    await chmod(folder, 0o755);
    const account = chooseAccount(folder);
    if (account) await chown(folder, account.uid, account.gid);
    const bin = programs ?? join((await usableBinaries(await findBinaries(), folder, account, () => undefined)).home, 'bin');
    const options = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '200', ...settings };
    const flags = Object.entries(options).map(([name, value]) => `-c ${name}='${value}'`);
    const postgres = new OwnPostgres(folder, bin, account, await freePort(), flags);
    try {
      await postgres.run('initdb', [`--pgdata=${postgres.data}`, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C']);
      await postgres.restart();
    } catch (error) {
      await postgres.remove();
      throw error;
    }
    return postgres;
  }

  get url(): string {
    return `postgresql://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Starts it after a crash, once the processes that the crash left are gone. @param port default the one it always has */
  async restart(port = this.port): Promise<void> {
    const flags = ['-p', String(port), ...this.settings].join(' ');
    const start = ['start', '--wait', '--silent', `--pgdata=${this.data}`, `--log=${join(this.folder, 'log')}`, '-o', flags];
    await until('PostgreSQL is up', async () => {
      const { code, output } = await run(join(this.bin, 'pg_ctl'), start, this.account);
      if (code === 0) return true;
      const log = await readFile(join(this.folder, 'log'), 'utf8').catch(() => '');
      if (!isStillLeaving(log.slice(-2_000))) throw new Error(`PostgreSQL did not start: ${output}\n${log.slice(-2_000)}`);
      return false;
    });
  }

  /** Ends it without a checkpoint: `immediate` as an operator would, `kill` with -9 to the postmaster. */
  async crash(how: 'immediate' | 'kill' = 'immediate'): Promise<void> {
    const pid = Number((await readFile(join(this.data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(pid, how === 'kill' ? 'SIGKILL' : 'SIGQUIT');
    await until('the postmaster is gone', () => !isAlive(pid));
  }

  /** Ends it as an operator does, with a checkpoint. */
  async stop(): Promise<void> {
    await this.run('pg_ctl', ['stop', '--wait', '--mode=fast', '--silent', `--pgdata=${this.data}`]);
  }

  /** Copies its files, as a backup of the stopped server does. @returns puts the copy in the place of what there is then */
  async backUp(): Promise<() => Promise<void>> {
    const copy = join(this.folder, 'backup');
    await rm(copy, { recursive: true, force: true });
    await copyFolder(this.data, copy);
    return async () => {
      await rm(this.data, { recursive: true, force: true });
      await copyFolder(copy, this.data);
    };
  }

  /** A look at what the stopped server has, on a port that nobody knows. */
  async aside<T>(look: (client: pg.Client) => Promise<T>): Promise<T> {
    const port = await freePort();
    await this.restart(port);
    const client = await this.connect('business', { port });
    try {
      return await look(client);
    } finally {
      await client.end();
      await this.stop();
    }
  }

  /** A connection of a business program's, whose loss is the test's to expect. */
  async connect(applicationName = 'business', { user = 'postgres', port = this.port, options = '' } = {}): Promise<pg.Client> {
    const url = `postgresql://${user}@127.0.0.1:${port}/postgres`;
    const client = new pg.Client({ connectionString: url, application_name: applicationName, options, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async remove(): Promise<void> {
    await run(join(this.bin, 'pg_ctl'), ['stop', '--mode=immediate', '--silent', `--pgdata=${this.data}`], this.account);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  private get data(): string {
    return join(this.folder, 'data');
  }

  private async run(name: string, args: string[]): Promise<void> {
    const { code, output } = await run(join(this.bin, name), args, this.account);
    if (code !== 0) throw new Error(`${name} failed: ${output}`);
  }
}

/** Whether a statement failed because the connection was lost, or the server goes down or comes up: not by itself. */
export function isLoss(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined || /^(08|57)/.test(state);
}

/** With owners and modes: PostgreSQL takes no other's files. */
async function copyFolder(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to]);
}
