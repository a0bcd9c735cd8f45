import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type HttpApp, OWN_DATABASE, startHttpApp } from './http-app.js';

describe('the server behind Express', () => {
  let app: HttpApp;
  beforeAll(async () => {
    app = await startHttpApp({ env: OWN_DATABASE });
  });
  afterAll(async () => app.close());

  it('makes requests and responses as Express wants them, so that it changes the prototype of none', async () => {
    const seen: [object, object][] = [];
    const server: Server = app.app.getHttpServer();
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      seen.push([Object.getPrototypeOf(request) as object, Object.getPrototypeOf(response) as object]);
    });
    const answer = await fetch(`${app.url}/health/live`);
    expect(answer.status).toBe(200);
    const { request, response } = app.app.getHttpAdapter().getInstance() as { request: object; response: object };
    expect(seen).toEqual([[expect.anything(), expect.anything()]]);
    expect(seen[0]?.[0]).toBe(request);
    expect(seen[0]?.[1]).toBe(response);
  });

  it('forgets the headers of what streams, once they are sent', async () => {
    const server: Server = app.app.getHttpServer();
    const streamed = new Promise<ServerResponse>((resolve) => {
      server.removeAllListeners('request').on('request', (_, response: ServerResponse) => {
        response.setHeader('X-Held', 'no');
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
        response.end('one');
        resolve(response);
      });
    });
    const answer = await fetch(`${app.url}/streamed`);
    expect(answer.headers.get('x-held')).toBe('no');
    expect(await answer.text()).toBe('one');
    const response = await streamed;
    expect(response.headersSent).toBe(true);
    expect(response.getHeaderNames()).toEqual([]);
  });
});
