import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { connectByPoll } from './poll-connection.js';

const counts = { unread: { count: 0, capped: false }, unseen: { count: 0, capped: false } };
const hello = { event: 'hello', id: 'e-1', data: { user: 'ann', resumed: true, retryMs: 1_000, heartbeatMs: 20_000 } };
const ready = { event: 'ready', id: 'e-1', data: counts };
const news = { event: 'notifications', id: 'e-2', data: [] };

it.each([
  ['asks at once for counts that came too late for their answer', [hello, ready, news], '0'],
  ['waits again where they were in it', [hello, ready, news, { event: 'counts', id: 'e-2', data: counts }], '25'],
])('%s', async (_what, told, then) => {
  const waits: (string | null)[] = [];
  const answers = [[hello, ready], told];
  const server = createServer((request, response) => {
    waits.push(new URL(request.url ?? '', 'http://here').searchParams.get('wait'));
    const frames = answers.shift();
    if (frames) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ frames, cursor: 'e-2' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const heard: string[] = [];
  const handlers = { onEvent: (event: string) => heard.push(event), onLife: () => undefined, onLost: () => undefined };
  const connection = connectByPoll(() => 'a token')(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/stream/poll`, handlers);
  while (waits.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  connection.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(waits).toEqual(['0', '25', then]);
  expect(heard.slice(0, 4)).toEqual(['hello', 'ready', 'counts', 'notifications']);
});

it('asks for less of a wait where an answer was given up, and for more again once some were held whole', async () => {
  const waits: number[] = [];
  const server = createServer((request, response) => {
    const wait = Number(new URL(request.url ?? '', 'http://here').searchParams.get('wait'));
    waits.push(wait);
    const answer = (): unknown => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ frames: [hello, ready], cursor: 'e-1' }));
    // One that waits long is cut by somebody on its way.
    setTimeout(() => (wait > 2 ? request.socket.destroy() : answer()), wait > 2 ? 1_100 : wait * 1_000 + 20);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const connect = connectByPoll(() => 'a token');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/stream/poll`;
  let lost = 0;
  const open = (): ReturnType<typeof connect> => connect(url, {
    onEvent: () => undefined, onLife: () => undefined, onLost: () => {
      lost++;
      if (lost < 2) connection = open();
    },
  });
  let connection = open();
  while (lost < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  connection.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(waits).toEqual([0, 25, 0, 2, 2, 2, 4]);
}, 30_000);
