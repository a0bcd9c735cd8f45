import { once } from 'node:events';
import { Agent, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Post } from '@nestjs/common';
import { z } from 'zod';
import { Public } from '../../src/auth/auth.guard.js';
import { BoundedServer } from '../../src/ops/http-adapter.js';
import { until } from '../support/until.js';
import { type HttpApp, OWN_DATABASE, problemOf, send, startHttpApp } from './http-app.js';

const schema = z.strictObject({ text: z.string() });

@Controller()
@Public()
class Echo {
  @Post('echo')
  echo(@Body({ schema }) body: z.infer<typeof schema>) {
    return { length: body.text.length };
  }
}

/** Sends bytes as they are, and gives what came back when the server has ended the connection. */
async function raw(port: number, ...parts: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let said = '';
  socket.on('data', (chunk) => (said += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  for (const part of parts) socket.write(part);
  await once(socket, 'close');
  return said;
}

describe('a request that is too large', () => {
  let app: HttpApp;
  let port: number;
  beforeAll(async () => {
    app = await startHttpApp({ env: OWN_DATABASE, controllers: [Echo] });
    port = Number(new URL(app.url).port);
  });
  afterAll(() => app.close());

  it('in its address is answered with 414', async () => {
    expect((await fetch(`${app.url}/health/live?${'a'.repeat(4_000)}`)).status).toBe(200);
    const answer = await fetch(`${app.url}/health/live?${'a'.repeat(5_000)}`);
    expect(answer.headers.get('content-security-policy')).not.toBeNull();
    expect(await problemOf(answer)).toMatchObject({ type: 'urn:belfry:problem:too-large', status: 414 });
  });

  it('in the number of its headers is answered with 431', async () => {
    const headers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, 'y']));
    expect((await fetch(`${app.url}/health/live`, { headers: headers(80) })).status).toBe(200);
    expect(await problemOf(await fetch(`${app.url}/health/live`, { headers: headers(120) }))).toMatchObject({ status: 431 });
  });

  it('in the size of its headers is answered with 431, and the connection ends', async () => {
    expect(await raw(port, `GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('in its body is answered with 413, whether it says its length or not', async () => {
    const text = 'a'.repeat(100_000);
    expect((await fetch(`${app.url}/echo`, send('POST', { text }))).status).toBe(413);
    const chunked = await raw(
      port,
      'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n',
      `${(text.length + 13).toString(16)}\r\n{"text":"${text}"}  \r\n0\r\n\r\n`,
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('once unpacked is not unpacked at all: 415', async () => {
    const bomb = gzipSync(JSON.stringify({ text: 'a'.repeat(50_000_000) }));
    expect(bomb.length).toBeLessThan(60_000);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const answer = await fetch(`${app.url}/echo`, { method: 'POST', body: bomb, headers });
    expect(await problemOf(answer)).toMatchObject({ status: 415 });
  });
});

describe('a caller who takes their time', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = new BoundedServer({ headers: 300, request: 600, check: 50, idle: 60_000 });
    server.on('request', (incoming, response) => {
      incoming.resume().on('end', () => response.end('done'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ['with the headers', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    ['with the body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc'],
  ])('%s is answered with 408, and the connection ends', async (_, bytes) => {
    expect(await raw(port, bytes)).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('between two requests is let have it', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    const get = async (): Promise<void> => {
      const sent = request({ port, host: '127.0.0.1', agent }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      ports.add(response.socket.localPort);
      await once(response.resume(), 'end');
    };
    await get();
    const idleSince = performance.now();
    await until('it was idle for longer than headers may take', () => performance.now() - idleSince > 1_000);
    await get();
    expect(ports.size).toBe(1);
    agent.destroy();
  });

  it('is given the times that are written down', () => {
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxHeadersCount } = new BoundedServer();
    expect({ headersTimeout, requestTimeout, keepAliveTimeout, maxHeadersCount }).toEqual({
      headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000, maxHeadersCount: 101,
    });
  });
});
