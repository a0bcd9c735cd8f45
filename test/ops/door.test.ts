import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Door } from '../../src/ops/door.js';
import { until } from '../support/until.js';

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

describe('a door that closes', () => {
  let door: Door | undefined;
  const clients: Socket[] = [];
  const ask = async (path: string): Promise<Socket> => {
    const socket = connect(Number(new URL(door?.url ?? '').port), '127.0.0.1').on('error', () => undefined);
    clients.push(socket);
    await once(socket, 'connect');
    if (path !== '') socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    return socket;
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    door?.close();
    await door?.closed();
  });

  it('cuts who does not read and who has not asked for anything, and serves the others to the end', async () => {
    door = await Door.open({ port: 0, host: '127.0.0.1' }, silent);
    let finish: (() => void) | undefined;
    let isFull = false;
    door.leadTo((request, response) => {
      if (request.url === '/slow') finish = () => response.end('served');
      else isFull = !response.write(Buffer.alloc(32 * 1_024 * 1_024));
    });
    const cut = new Set<Socket>();
    const unread = await ask('/large');
    unread.pause();
    const idle = await ask('');
    const slow = await ask('/slow');
    for (const socket of [unread, idle, slow]) socket.on('close', () => cut.add(socket));
    let said = '';
    slow.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('one reader has more before it than it takes, and another waits', () => isFull && finish !== undefined);
    door.close();
    door.cutIdle();
    idle.resume();
    // What lies in the kernel is read, and then comes the end: not all of it.
    unread.resume();
    await until('both are cut', () => cut.has(unread) && cut.has(idle));
    expect(unread.bytesRead).toBeLessThan(32 * 1_024 * 1_024);
    expect(cut.has(slow)).toBe(false);
    finish?.();
    await until('the other is served', () => said.includes('served'));
  });
});
