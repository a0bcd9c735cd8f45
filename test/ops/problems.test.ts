import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, type MessageEvent, Param, Post, Query, Res, Sse } from '@nestjs/common';
import type { Response as Answer } from 'express';
import pg from 'pg';
import { map, type Observable, of } from 'rxjs';
import { z } from 'zod';
import { Public } from '../../src/auth/auth.guard.js';
import { problem } from '../../src/ops/problem.js';
import { type HttpApp, OWN_DATABASE, problemOf, send, startHttpApp } from './http-app.js';

const digits = z.string().regex(/^\d+$/, { error: 'expected digits' });
const querySchema = z.object({
  limit: z.coerce.number().int().max(100).default(20),
  status: z.enum(['read', 'all']).optional(),
});
const bodySchema = z.object({ upTo: digits, deep: z.object({ a: z.number() }).optional() });

@Controller()
@Public()
class Troubles {
  @Get('query')
  query(@Query({ schema: querySchema }) query: z.infer<typeof querySchema>) {
    return query;
  }

  @Post('body')
  body(@Body({ schema: bodySchema }) body: z.infer<typeof bodySchema>) {
    return body;
  }

  @Get('path/:id')
  path(@Param('id', { schema: digits }) id: string) {
    return { id };
  }

  @Get('claimed')
  claimed() {
    throw problem(409, 'Ann has claimed it already.', { kind: 'claimed', claimedBy: 'ann' });
  }

  @Get('broken')
  broken() {
    throw new Error('select * from secrets failed at 10.0.0.1');
  }

  @Get('thrown-text')
  thrownText() {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- some library may
    throw 'a string with secrets';
  }

  @Get('database')
  async database() {
    const client = new pg.Client({ connectionString: 'postgresql://app:secrets@127.0.0.1:1/none' });
    await client.connect();
  }

  @Get('half')
  half(@Res() response: Answer) {
    response.write('half');
    setTimeout(() => response.end(' and half'), 20);
    throw new Error('too late');
  }

  @Sse('stream')
  stream(): Observable<MessageEvent> {
    return of('one').pipe(map((data) => ({ id: '1', data })));
  }

  @Sse('no-stream')
  noStream(): Observable<MessageEvent> {
    throw problem(400, 'The cursor is junk.');
  }
}

describe('errors', () => {
  let app: HttpApp;
  beforeAll(async () => {
    app = await startHttpApp({ env: OWN_DATABASE, controllers: [Troubles] });
  });
  afterAll(() => app.close());

  const problemAt = async (path: string, init?: RequestInit) => {
    const response = await fetch(app.url + path, init);
    const document = await problemOf(response);
    expect(document).toMatchObject({ type: expect.any(String), title: expect.any(String), status: response.status });
    return { ...document, status: response.status, headers: response.headers };
  };

  it('name every wrong field of a query', async () => {
    expect(await problemAt('/query?limit=1000&status=unread')).toMatchObject({
      type: 'urn:belfry:problem:invalid-input',
      status: 400,
      detail: expect.stringContaining('limit: '),
      errors: [
        { in: 'query', field: 'limit', detail: expect.stringContaining('100') },
        { in: 'query', field: 'status', detail: expect.stringContaining('read') },
      ],
    });
    expect(await (await fetch(`${app.url}/query?limit=5`)).json()).toEqual({ limit: 5 });
    expect((await problemAt('/query?limit=1&limit=2')).status).toBe(400);
  });

  it('name every wrong field of a body, however deep', async () => {
    const { errors } = (await problemAt('/body', send('POST', { upTo: 7, deep: { a: 'x' } }))) as { errors?: unknown };
    expect(errors).toEqual([
      { in: 'body', field: 'upTo', detail: expect.any(String) },
      { in: 'body', field: 'deep.a', detail: expect.any(String) },
    ]);
    expect((await problemAt('/body', { method: 'POST' })).status).toBe(400);
  });

  it('name the part of the path', async () => {
    const errors = [{ in: 'path', field: 'id', detail: 'expected digits' }];
    expect(await problemAt('/path/x')).toMatchObject({ errors });
  });

  it('say what is wrong with a body as a whole', async () => {
    const json = { 'content-type': 'application/json' };
    expect(await problemAt('/body', { method: 'POST', body: '{"upTo":', headers: json })).toMatchObject({
      status: 400,
      detail: expect.stringMatching(/^The body is not valid JSON: /),
    });
    expect(await problemAt('/body', { method: 'POST', body: '"text"', headers: json })).toMatchObject({ status: 400 });
    const large = JSON.stringify({ upTo: '1'.repeat(70_000) });
    expect(await problemAt('/body', { method: 'POST', body: large, headers: json })).toMatchObject({
      status: 413,
      detail: 'The body is too large, expected at most 64 kB.',
    });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const form = { method: 'POST', body: 'upTo=1', headers: { 'content-type': type } };
      expect(await problemAt('/body', form)).toMatchObject({ status: 415, detail: expect.stringContaining(type) });
    }
    const latin = { 'content-type': 'application/json; charset=x-unknown' };
    expect(await problemAt('/body', { method: 'POST', body: '{}', headers: latin })).toMatchObject({ status: 415 });
  });

  it('take a body that is JSON by another name', async () => {
    const headers = { 'content-type': 'application/merge-patch+json' };
    const response = await fetch(`${app.url}/body`, { method: 'POST', body: '{"upTo":"9007199254740993"}', headers });
    expect(await response.json()).toEqual({ upTo: '9007199254740993' });
  });

  it('carry what the handler said', async () => {
    expect(await problemAt('/claimed')).toMatchObject({
      type: 'urn:belfry:problem:claimed',
      title: 'Conflict',
      status: 409,
      detail: 'Ann has claimed it already.',
      claimedBy: 'ann',
    });
  });

  it('are problems too where no route is', async () => {
    expect(await problemAt('/nowhere')).toMatchObject({ type: 'about:blank', title: 'Not Found', status: 404 });
    expect(await problemAt('/query', { method: 'DELETE' })).toMatchObject({ status: 404 });
    expect(await problemAt('/path/%E0%A4%A')).toMatchObject({ status: 400 });
  });

  it.each(['/broken', '/thrown-text'])('tell nothing of the inside at %s', async (path) => {
    const document = await problemAt(path);
    expect(document).toMatchObject({ status: 500, instance: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/) });
    expect(JSON.stringify(document)).not.toMatch(/secrets|10\.0\.0\.1|stack/);
  });

  it('say when the database is away, and when to try again', async () => {
    const document = await problemAt('/database');
    expect(document).toMatchObject({ type: 'urn:belfry:problem:database-unavailable', status: 503 });
    expect(document.headers.get('retry-after')).toBe('2');
    expect(JSON.stringify(document)).not.toMatch(/secrets|127\.0\.0\.1/);
  });

  it('leave an answer alone that is under way', async () => {
    expect(await (await fetch(`${app.url}/half`)).text()).toBe('half and half');
  });

  it('come before a stream, not in it', async () => {
    expect(await problemAt('/no-stream')).toMatchObject({ status: 400, detail: 'The cursor is junk.' });
    const stream = await fetch(`${app.url}/stream`);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.headers.get('x-content-type-options')).toBe('nosniff');
    expect(stream.headers.get('cache-control')).toContain('no-transform');
    expect(await stream.text()).toContain('id: 1\ndata: one');
  });

  it('answer what is hardly HTTP, and live on', async () => {
    expect(await exchange(app.url, 'GET /query HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    const cookie = 'x'.repeat(20_000);
    expect(await exchange(app.url, `GET / HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\n\r\n`)).toMatch(/ 431 /);
    expect((await fetch(`${app.url}/query`)).status).toBe(200);
  });
});

/** The first of what the server says to some bytes. */
function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.once('error', reject).once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
  });
}
