import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publish, type PublishRequest } from './source.js';

const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'];
/** Debian's package libnginx-mod-nchan; elsewhere by `NCHAN_MODULE`. */
const MODULE = process.env.NCHAN_MODULE ?? '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** Where nginx is, on a machine that has it and Nchan. */
export function findNginx(): string | undefined {
  return existsSync(MODULE) ? NGINX.find((path) => existsSync(path)) : undefined;
}

/** Nchan in one nginx process: a server in C that does nothing but this. */
export class Nchan {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(nginx: string): Promise<Nchan> {
    const folder = await mkdtemp(join(tmpdir(), 'belfry-bench-nchan-'));
    const port = await freePort();
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
    await writeFile(join(folder, 'nginx.conf'), `
      load_module ${MODULE};
      daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
      events { worker_connections 4096; }
      http {
        access_log off; ${temp} client_max_body_size 1m;
        nchan_shared_memory_size 256m;
        server {
          listen 127.0.0.1:${port} backlog=4096;
          location = /v1/stream { nchan_subscriber eventsource; nchan_channel_id all; nchan_message_buffer_length 100; }
          location = /publish { nchan_publisher; nchan_channel_id all; keepalive_requests 1000000; }
        }
      }`);
    const child = spawn(nginx, ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'inherit' });
    const nchan = new Nchan(child, folder, port);
    await nchan.say('data: hello\n\n', true);
    return nchan;
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/v1/stream`;
  }

  async publish(what: PublishRequest): Promise<void> {
    await publish(what, (frame) => this.say(frame));
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    const exited = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await exited;
    await rm(this.folder, { recursive: true, force: true });
  }

  private async say(frame: string, isFirst = false): Promise<void> {
    const body = /^data: (.*)$/m.exec(frame)?.[1] ?? '';
    for (let tries = 0; ; tries++) {
      const status = await new Promise<number | undefined>((resolve) => {
        const sent = request({ host: '127.0.0.1', port: this.port, path: '/publish', method: 'POST', agent: this.agent }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        });
        sent.on('error', () => resolve(undefined)).end(body);
      });
      if (status !== undefined && status < 300) return;
      if (!isFirst || tries > 50) throw new Error(`Nchan answered ${status ?? 'nothing'} to a message`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
