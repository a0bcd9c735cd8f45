import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { answerParent } from '../child.js';

// The barest thing that could tell a browser of a row: what is notified is written to every response. Nothing is stored,
// nobody is asked who they are, and what comes while a browser is away is gone.
const [databaseUrl] = process.argv.slice(2);
const responses = new Set<ServerResponse>();
const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': hello\n\n');
  responses.add(response);
  request.on('close', () => responses.delete(response));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const client = new pg.Client({ connectionString: databaseUrl });
await client.connect();
client.on('notification', ({ payload }) => {
  for (const response of responses) response.write(`data: ${payload}\n\n`);
});
await client.query('listen bare_pipe');

/** @returns the address */
answerParent(() => Promise.resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
