import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../child.js';
import { publish, type PublishRequest } from './source.js';

// The limit in Node: the same bytes, written to every response, by a process that does nothing else.
const responses = new Set<ServerResponse>();
const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': hello\n\n');
  responses.add(response);
  request.on('close', () => responses.delete(response));
});
await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve));

/** @returns the address, or nothing when all is said */
answerParent(async (request: PublishRequest | { address: true }): Promise<string | undefined> => {
  if ('address' in request) return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/stream`;
  await publish(request, (frame) => {
    for (const response of responses) response.write(frame);
  });
  return undefined;
});
