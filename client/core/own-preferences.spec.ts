import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OwnPreferences } from './own-preferences.js';
import { Rest } from './rest.js';

let server: Server;
let status: number;
let asked: number;
let url: string;
beforeEach(async () => {
  asked = 0;
  server = createServer((_request, response) => {
    asked++;
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('own preferences', () => {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it('are asked for at each connection until the server has answered', async () => {
    status = 503;
    const own = new OwnPreferences('shop', new Rest(url, () => 'a token'), () => undefined);
    while (asked < 2) {
      own.start('ann');
      await pause(5);
    }
    own.stop();
  });

  it('are not asked for again where the server knows of none', async () => {
    status = 404;
    const own = new OwnPreferences('shop', new Rest(url, () => 'a token'), () => undefined);
    for (let connections = 0; connections < 5; connections++) {
      own.start('ann');
      await pause(20);
    }
    own.stop();
    expect(asked).toBe(1);
  });
});
