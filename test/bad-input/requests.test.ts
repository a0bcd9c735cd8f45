import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { TestApp } from '../support/app.js';
import { SECRET, tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';

let app: TestApp;
/** A notification that is bob's alone. */
let bobs: string;
beforeAll(async () => {
  app = await TestApp.start();
  await app.business.query(`insert into public.things (name, owner) values ('a lamp', 'nobody')`);
  await app.business.query(`update public.things set owner = 'bob'`);
  bobs = await until('bob has his', async () => {
    const { body } = await app.call('bob', [], 'GET', '/notifications');
    return (body as { data: { id: string }[] }).data[0]?.id;
  });
});
afterAll(() => app.close());

interface Answer {
  status: number;
  type: string | null;
  text: string;
}

async function send(method: string, path: string, options: { token?: string; body?: string | Uint8Array; headers?: Record<string, string> } = {}): Promise<Answer> {
  const { token = await tokenFor('ann', ['staff']), body, headers } = options;
  const response = await fetch(`${app.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body }),
  });
  const type = response.headers.get('content-type');
  if (type?.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return { status: response.status, type, text: '' };
  }
  return { status: response.status, type, text: await response.text() };
}

/** A refusal in words, and nothing of the inside. */
function expectProblem({ status, type, text }: Answer, ...expected: number[]): void {
  expect(expected).toContain(status);
  expect(type).toMatch(/^application\/problem\+json/);
  expect(JSON.parse(text)).toMatchObject({ status, title: expect.stringMatching(/./) });
  expect(text).not.toMatch(/node_modules|\.js:\d+| at \w+ \(|belfry\.\w+"|select |syntax error/);
}

const ROUTES: [method: string, path: string, body: string | undefined][] = [
  ['GET', '/v1/stream', undefined],
  ['GET', '/v1/notifications', undefined],
  ['GET', '/v1/notifications/counts', undefined],
  ['GET', '/v1/notifications/1', undefined],
  ['PATCH', '/v1/notifications/1/read', undefined],
  ['PATCH', '/v1/notifications/1/unread', undefined],
  ['POST', '/v1/notifications/read', '{"upTo":"1"}'],
  ['POST', '/v1/notifications/seen', '{"upTo":"1"}'],
  ['GET', '/v1/rules', undefined],
  ['GET', '/v1/preferences', undefined],
  ['PUT', '/v1/preferences', '{}'],
];

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

async function badTokens(): Promise<Record<string, string>> {
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const sign = (key: string): SignJWT => new SignJWT({ roles: ['staff'], key }).setProtectedHeader({ alg: 'HS256' }).setSubject('ann');
  const secret = new TextEncoder().encode(SECRET);
  const [head = '', payload = '', signature = ''] = (await tokenFor('ann', ['staff'])).split('.');
  return {
    'alg none': `${part({ alg: 'none' })}.${part({ sub: 'ann', roles: ['staff'], exp })}.`,
    'alg None with the signature': `${part({ alg: 'None' })}.${payload}.${signature}`,
    expired: await tokenFor('ann', ['staff'], -3_600),
    'of another key': await sign('x').setExpirationTime(exp).sign(new TextEncoder().encode('another secret of 32 bytes or more')),
    'without exp': await sign('x').sign(secret),
    'not before tomorrow': await sign('x').setExpirationTime(exp + 90_000).setNotBefore(exp + 80_000).sign(secret),
    'with more rights than were signed': `${head}.${part({ sub: 'ann', roles: ['staff', 'root'], exp })}.${signature}`,
    'without a subject': await new SignJWT({ roles: ['staff'], exp }).setProtectedHeader({ alg: 'HS256' }).sign(secret),
    'no token at all': 'x',
    'dots alone': '..',
    'far too long': 'a'.repeat(6_000),
  };
}

describe('a token that is none', () => {
  it.each(ROUTES)('is refused with 401: %s %s', async (method, path, body) => {
    for (const [what, token] of Object.entries(await badTokens())) {
      const answer = await send(method, path, { token, ...(body !== undefined && { body }) });
      expect({ what, status: answer.status }).toEqual({ what, status: 401 });
      expectProblem(answer, 401);
    }
    const without = await fetch(`${app.url}${path}`, { method, ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }) });
    expect(without.status).toBe(401);
    const inQuery = await fetch(`${app.url}${path}?access_token=${await tokenFor('ann')}&token=${await tokenFor('ann')}`, { method });
    expect(inQuery.status).toBe(401);
  });
});

describe('a query that is wrong', () => {
  it.each([
    'status=bogus', 'status=', 'limit=0', 'limit=-1', 'limit=101', 'limit=1e2', 'limit=0x10', 'limit=1.5', 'limit=ten', 'limit=1&limit=2',
    'before=-1', 'before=1.5', 'before=0x1', 'before=9223372036854775808', 'before=99999999999999999999999', 'before=', 'before=1%00', 'after=abc',
    'after[]=1', 'after[a]=1', 'severity=fatal', 'archived=maybe', 'topic=', 'unknown=1', 'before=%EF%BC%91',
  ])('is refused with 400: ?%s', async (query) => {
    expectProblem(await send('GET', `/v1/notifications?${query}`), 400);
  });

  it.each(['topic=%00', "topic=';drop table belfry.changes;--", 'topic=%F0%9F%94%94', 'topic=__proto__', 'before=9223372036854775807', 'before=0', 'after=0'])(
    'finds what there is, or is refused, and breaks nothing: ?%s',
    async (query) => {
      const answer = await send('GET', `/v1/notifications?${query}`);
      if (answer.status !== 200) expectProblem(answer, 400);
    },
  );

  it.each(['-1', '1.5', '0x1', '1e3', '9223372036854775808', '18446744073709551616', 'abc', '%00', '1%00', '%20', 'null', '..%2f..'])(
    'is no notification: /%s',
    async (id) => {
      expectProblem(await send('GET', `/v1/notifications/${id}`), 400, 404);
      expectProblem(await send('PATCH', `/v1/notifications/${id}/read`), 400, 404);
    },
  );

  it('is no notification beyond 2^53 either', async () => {
    expectProblem(await send('GET', '/v1/notifications/9007199254740993'), 404);
    expectProblem(await send('GET', '/v1/notifications/9223372036854775807'), 404);
  });

  it.each(['%E0%A4%A', '%', '%ff'])('is an address that can not be read: /%s', async (path) => {
    expectProblem(await send('GET', `/v1/notifications/${path}`), 400);
  });
});

describe('a cursor that is wrong', () => {
  it.each(['a b', 'x'.repeat(65), 'ä', '<script>', '1,2', 'a/b', ''])('is refused before the stream opens: %j', async (cursor) => {
    expectProblem(await send('GET', `/v1/stream?last_event_id=${encodeURIComponent(cursor)}`), 400);
  });

  it.each(['0', '-', '1-', 'abc', '000000000000-1', 'x-99999999999999999999', '..', '-1'])('is told to reset: %s', async (cursor) => {
    const reader = await app.read('ann', ['staff'], { lastEventId: cursor });
    await reader.frame('ready');
    expect(reader.frames.map(({ event }) => event).slice(0, 2)).toEqual(['hello', 'reset']);
    expect(reader.frames.every(({ id }) => id !== undefined)).toBe(true);
    reader.close();
  });

  it('beyond the end is told to reset, and not waited for', async () => {
    const first = await app.read('ann', ['staff']);
    await first.frame('ready');
    const epoch = first.lastEventId?.split('-')[0] ?? '';
    first.close();
    for (const position of ['9007199254740993', '9223372036854775807', '9223372036854775808', '00000000000000000001']) {
      const reader = await app.read('ann', ['staff'], { lastEventId: `${epoch}-${position}` });
      await reader.frame('ready');
      if (!position.startsWith('0')) expect(reader.dataOf('reset')).toHaveLength(1);
      reader.close();
    }
  });
});

describe('a body that is wrong', () => {
  const lone = '{"ids":["\\ud800"]}';
  it.each([
    '', '{', 'null', '[]', '"x"', '1', '{}', '{"upTo":1}', '{"upTo":9007199254740993}', '{"upTo":null}', '{"upTo":"-1"}', '{"upTo":"1.5"}', '{"upTo":"0x1"}',
    '{"upTo":"9223372036854775808"}', '{"upTo":"1\\u0000"}', '{"upTo":["1"]}', '{"upTo":{"a":1}}', '{"ids":[]}', '{"ids":"1"}', '{"ids":[1]}', '{"ids":[null]}', lone,
    '{"upTo":"1","ids":["1"]}', '{"upTo":"1","more":1}', '{"__proto__":{"upTo":"1"}}', '{"upTo":"1",}', "{'upTo':'1'}", '{"upTo":NaN}', '\ufeff{',
    JSON.stringify({ ids: Array.from({ length: 1_001 }, (_, id) => String(id)) }),
  ])('is refused with 400: %.60s', async (body) => {
    expectProblem(await send('POST', '/v1/notifications/read', { body }), 400);
    if (!body.includes('ids')) expectProblem(await send('POST', '/v1/notifications/seen', { body }), 400);
  });

  it.each(['{"upTo":"1","topic":"\\u0000"}', '{"upTo":"1","topic":"\\ud800"}', '{"upTo":"1","topic":"a\\u0000b"}'])(
    'with what PostgreSQL has no text for is refused, or finds nothing: %s',
    async (body) => {
      const answer = await send('POST', '/v1/notifications/read', { body });
      if (answer.status !== 200) expectProblem(answer, 400);
    },
  );

  it('of bytes that are no UTF-8 is refused, or finds nothing', async () => {
    const answer = await send('POST', '/v1/notifications/read', { body: Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]) });
    expectProblem(answer, 400);
  });

  it('that is too large is refused with 413', async () => {
    expectProblem(await send('POST', '/v1/notifications/read', { body: `{"upTo":"${'1'.repeat(1_000_000)}"}` }), 413);
  });

  it('that is nested without an end is refused', async () => {
    expectProblem(await send('POST', '/v1/notifications/read', { body: `${'['.repeat(30_000)}${']'.repeat(30_000)}` }), 400);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])('in %s is refused with 415', async (type) => {
    expectProblem(await send('POST', '/v1/notifications/read', { body: '{"upTo":"1"}', headers: { 'content-type': type } }), 415);
  });

  it.each(['utf-16', 'x'])('in the charset %s is refused', async (charset) => {
    const answer = await send('POST', '/v1/notifications/read', { body: '{"upTo":"1"}', headers: { 'content-type': `application/json; charset=${charset}` } });
    expectProblem(answer, 400, 415);
  });

  it('with an encoding nobody knows is refused', async () => {
    expectProblem(await send('POST', '/v1/notifications/read', { body: '{"upTo":"1"}', headers: { 'content-encoding': 'zip' } }), 415);
  });
});

describe('what is somebody else’s', () => {
  const state = async (): Promise<unknown> => {
    const { rows } = await app.business.query('select * from belfry.receipts where position = $1 order by user_id', [bobs]);
    const { body } = await app.call('bob', [], 'GET', '/notifications');
    return { rows, body };
  };

  it('is not there: 404, and nothing happens to it', async () => {
    const before = await state();
    expectProblem(await send('GET', `/v1/notifications/${bobs}`), 404);
    expectProblem(await send('PATCH', `/v1/notifications/${bobs}/read`), 404);
    expectProblem(await send('PATCH', `/v1/notifications/${bobs}/unread`), 404);
    expect(await state()).toEqual(before);
  });

  it('looks just like what does not exist', async () => {
    const [others, missing] = [await send('GET', `/v1/notifications/${bobs}`), await send('GET', '/v1/notifications/123456789')];
    expect(others.text.replaceAll(bobs, 'N')).toBe(missing.text.replaceAll('123456789', 'N'));
  });

  it('is not read with the rest', async () => {
    const before = await state();
    expect((await send('POST', '/v1/notifications/read', { body: JSON.stringify({ ids: [bobs, '123456789'] }) })).status).toBe(200);
    expect((await send('POST', '/v1/notifications/read', { body: '{"upTo":"9223372036854775807"}' })).status).toBe(200);
    expect((await send('POST', '/v1/notifications/seen', { body: '{"upTo":"9223372036854775807"}' })).status).toBe(200);
    expect(await state()).toEqual(before);
  });

  it('stays unread when it comes after a mark far ahead', async () => {
    const { rows } = await app.business.query<{ id: string }>(`insert into public.things (name) values ('after the mark') returning id`);
    await until('it arrives', async () => {
      const { body } = await app.call('ann', ['staff'], 'GET', '/notifications?status=unread');
      return (body as { data: { source: { key: string } }[] }).data.some(({ source }) => source.key === rows[0]?.id);
    }, 5_000);
  });
});

describe('HTTP that is odd', () => {
  it('opens no stream for HEAD, nor for anything but GET', async () => {
    const head = await fetch(`${app.url}/v1/stream`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${await tokenFor('ann')}` },
      signal: AbortSignal.timeout(5_000),
    });
    expect([200, 204, 404, 405]).toContain(head.status);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) expectProblem(await send(method, '/v1/stream'), 404, 405);
    const metrics = await (await fetch(`${app.url}/metrics`, { headers: { authorization: `Bearer ${await tokenFor('ann', ['ops'])}` } })).text();
    expect(metrics).not.toMatch(/^belfry_streams(_open)? [1-9]/m);
  });

  it('streams whatever the reader says it accepts, and never refuses in HTML', async () => {
    for (const accept of ['application/json', '*/*', 'text/html', 'nonsense']) {
      const answer = await send('GET', '/v1/stream', { headers: { accept } });
      if (answer.status === 200) expect(answer.type).toMatch(/^text\/event-stream/);
      else expectProblem(answer, 406);
    }
  });

  it.each(['/', '/v1', '/v1/nothing', '/v2/notifications', '/v1/notifications/1/nothing', '/../../etc/passwd', '/.env'])('knows no %s, or asks for nothing', async (path) => {
    const answer = await send('GET', path);
    expect([200, 302, 400, 404]).toContain(answer.status);
    if (answer.status >= 400) expectProblem(answer, 400, 404);
  });

  it.each([
    ['a header too long', `GET /v1/notifications HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(100_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['no HTTP at all', 'HELLO\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['two lengths', 'POST /v1/notifications/read HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc', /^HTTP\/1\.1 400 /],
    ['a length and chunks', 'POST /v1/notifications/read HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['no host', 'GET /v1/notifications HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ])('is refused, and the server goes on: %s', async (_, bytes, answer) => {
    const { port } = new URL(app.url);
    const socket = connect(Number(port), '127.0.0.1');
    let said = '';
    socket.on('data', (chunk) => (said += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.write(bytes);
    await once(socket, 'close');
    expect(said).toMatch(answer);
    expect((await send('GET', '/v1/notifications')).status).toBe(200);
  });
});
