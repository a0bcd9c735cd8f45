import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './server.js';
import { until } from './until.js';

const PLACES = [process.env.BELFRY_TEST_NGINX, '/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'];

/** This machine's nginx, undefined where there is none. */
export const NGINX = PLACES.find((place) => place !== undefined && existsSync(place));

/** An nginx of a test's own. */
export class Nginx {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  /** @param http what stands in `http { … }`; PORT in it is where to listen */
  static async start(http: (port: number) => string): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), 'belfry-nginx-'));
    const nginx = new Nginx(folder, await freePort());
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
    await writeFile(
      join(folder, 'nginx.conf'),
      `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
       events { worker_connections 1024; }
       http { access_log off; ${temporary.join(' ')} ${http(nginx.port)} }`,
    );
    await nginx.restart();
    return nginx;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async restart(): Promise<void> {
    this.child = spawn(NGINX ?? 'nginx', this.flags, { stdio: 'ignore' });
    await until('nginx answers', () => fetch(this.url).then(() => true, () => false));
  }

  /** Has new workers take over; the old ones end with their last connection, or after `worker_shutdown_timeout`. */
  async reload(): Promise<void> {
    await promisify(execFile)(NGINX ?? 'nginx', [...this.flags, '-s', 'reload']);
  }

  /** Ends it at once, and every connection with it. */
  async stop(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private get flags(): string[] {
    return ['-e', join(this.folder, 'error.log'), '-p', this.folder, '-c', join(this.folder, 'nginx.conf')];
  }
}
