import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../child.js';

// What Node itself takes for an open response: nobody is asked who they are, nothing is resumed, nothing will ever be sent.
const responses = new Set<ServerResponse>();
const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('event: ready\nid: 1\ndata: {}\n\n');
  responses.add(response);
  request.on('close', () => responses.delete(response));
});
await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve));

/** @returns the address */
answerParent(() => Promise.resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
