import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Hub } from '../../src/stream/hub.service.js';
import { TestApp } from '../support/app.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';

describe('a client that is none of the usual ones', () => {
  let app: TestApp;
  let token: string;
  const sockets: Socket[] = [];

  /** A raw connection and all that came over it. */
  const dial = (options: { allowHalfOpen?: boolean } = {}): { socket: Socket; said: () => string; isOver: () => boolean } => {
    const socket = connect({ port: Number(new URL(app.url).port), host: '127.0.0.1', ...options });
    sockets.push(socket);
    let said = '';
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    socket.on('error', () => undefined).on('end', over).on('close', over);
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    return { socket, said: () => said, isOver: () => isOver };
  };
  const ask = (method = 'GET', version = '1.1', more = ''): string =>
    `${method} /v1/stream HTTP/${version}\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${more}\r\n`;
  const hub = (): Hub => app.running.app.get(Hub);
  const allGone = (): Promise<boolean> => until('no stream is left', () => hub().size === 0);

  beforeAll(async () => {
    app = await TestApp.start();
    token = await tokenFor('ann', ['staff']);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await allGone();
    // Whatever was done to it, it goes on.
    const reader = await app.read('ben', ['staff']);
    await reader.frame('ready');
    reader.close();
    await allGone();
  });
  afterAll(async () => {
    await app.close();
  });

  it('speaks HTTP/1.0: gets its frames without chunks, until the connection ends', async () => {
    const { socket, said } = dial();
    socket.write(ask('GET', '1.0'));
    await until('it is ready', () => said().includes('event: ready'));
    expect(said()).not.toMatch(/^transfer-encoding/im);
    expect(said()).toMatch(/\r\n\r\n\nevent: hello\nid: /);
  });

  it('asks with HEAD: gets the headers, and no stream is left open', async () => {
    const { socket, said } = dial();
    socket.write(ask('HEAD'));
    await until('it is answered', () => said().includes('\r\n\r\n'));
    expect(said()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(said()).toMatch(/^content-type: text\/event-stream/im);
    await allGone();
    expect(said()).not.toContain('event:');
  });

  it.each(['application/json', 'text/html', '*/*'])('accepts %s: gets the stream', async (accept) => {
    const { socket, said } = dial();
    socket.write(ask('GET', '1.1', `Accept: ${accept}\r\n`));
    await until('it is ready', () => said().includes('event: ready'));
  });

  it('sends nonsense behind its request: is cut off', async () => {
    const { socket, said, isOver } = dial();
    socket.write(ask());
    await until('it is ready', () => said().includes('event: ready'));
    socket.write('\x00\x01nonsense\r\n\r\n'.repeat(10));
    await until('it is cut off', isOver);
    await allGone();
  });

  it('sends requests behind its request: they wait, bounded, and go with it', async () => {
    const { socket, said } = dial();
    socket.write(ask().repeat(30));
    await until('the first is ready, or displaced', () => /event: (ready|goodbye)/.test(said()));
    expect(hub().size).toBeLessThanOrEqual(8);
    socket.destroy();
    await allGone();
  });

  it('closes its half of the connection: the stream ends', async () => {
    const { socket, said, isOver } = dial({ allowHalfOpen: true });
    socket.write(ask());
    await until('it is ready', () => said().includes('event: ready'));
    socket.end();
    await allGone();
    await until('the other half is closed', isOver);
  });

  it('resets the connection at any moment of the opening: nothing is left', async () => {
    for (let nth = 0; nth < 50; nth++) {
      const { socket, said } = dial();
      socket.write(ask());
      if (nth % 2 === 0) await until('the first bytes come', () => said().length > 0);
      else await new Promise((resolve) => setImmediate(resolve));
      socket.resetAndDestroy();
    }
    await allGone();
  });
});
