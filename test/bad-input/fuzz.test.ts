import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TestApp } from '../support/app.js';
import { tokenFor } from '../support/tokens.js';

/** Longer than any answer takes on a machine that has other things to do; a hang is longer still. */
const PATIENCE_MS = 10_000;

interface Route {
  method: string;
  path: string;
  query: string[];
  body: string[];
}

let app: TestApp;
let routes: Route[];
let token: string;
beforeAll(async () => {
  app = await TestApp.start();
  token = await tokenFor('ann', ['staff', 'ops'], '1h');
  await app.business.query(`insert into public.things (name) values ('a'), ('b'), ('c')`);
  routes = [...(await described()), ...UNDESCRIBED];
});
afterAll(() => app.close());

const UNDESCRIBED = ['/', '/orders/{id}', '/belfry.js', '/docs', '/docs/{file}', '/docs/openapi.json', '/sample/me', '/shop/orders', '/{any}', '/v1/{any}']
  .map((path): Route => ({ method: 'get', path, query: [], body: [] }));

interface Document {
  paths: Record<string, Record<string, { parameters?: { name: string; in: string }[]; requestBody?: { content: Record<string, { schema?: object }> } }>>;
}

/** Every route that the API describes, with the names of what it takes. */
async function described(): Promise<Route[]> {
  const { paths } = (await (await fetch(`${app.url}/docs/openapi.json`)).json()) as Document;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]): Route => ({
      method,
      path,
      query: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
      body: [...JSON.stringify(requestBody ?? {}).matchAll(/"(\w+)":\{/g)].map(([, name = '']) => name),
    })),
  );
}

const NASTY = [
  '', '0', '1', '2', '-1', '1.5', '1e309', '0x10', '9007199254740993', '9223372036854775807', '9223372036854775808', '9'.repeat(400),
  '%00', '1%00', '%', '%zz', '%ff', '%c0%ae%c0%ae', '%ED%A0%80', '%EF%BF%BF', '%F0%9F%94%94', '%E2%80%AE', '..', '../../etc/passwd', '%2e%2e%2f%2e%2e%2fpackage.json',
  '..%5c..%5cpackage.json', '__proto__', 'constructor', 'toString', 'null', 'undefined', 'NaN', 'true', '[]', '{}', "';select+pg_sleep(9)--", '$1', '$${x}', '{{7*7}}',
  'a'.repeat(3_000), 'read', 'counts', 'stream', 'all', 'unread', 'info', '2026-02-30T25:61:61Z', '10000-01-01T00:00:00Z', 'user:bob', 'role:root',
];
const nasty = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 20 }).map(encodeLoosely));

/** Lone surrogates and all: what can't be encoded goes as what a program might send by mistake. */
function encodeLoosely(text: string): string {
  return Array.from(text, (character) => (/[\ud800-\udfff]/u.test(character) ? '%ED%A0%80' : encodeURIComponent(character))).join('');
}

const query = (names: string[]) => {
  const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...(names.length > 0 ? names : ['x'])) }, { weight: 1, arbitrary: nasty });
  const key = fc.tuple(name, fc.constantFrom('', '', '', '[]', '[0]', '[a]', '[__proto__]', '.a')).map(([stem, index]) => stem + index);
  return fc.array(fc.tuple(key, nasty).map(([left, right]) => `${left}=${right}`), { maxLength: 5 }).map((pairs) => (pairs.length > 0 ? `?${pairs.join('&')}` : ''));
};

const body = (names: string[]) => {
  const key = fc.oneof(fc.constantFrom(...(names.length > 0 ? names : ['x']), 'upTo', 'ids', 'topic', '__proto__', 'constructor'), fc.string());
  const text = fc.oneof(fc.constantFrom(...NASTY), fc.constantFrom('\u0000', 'a\u0000b', '\ud800', '\udfff\ud800', '1\u0000'), fc.string({ unit: 'binary' }));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, text, fc.double(), fc.boolean(), fc.constant(null), fc.bigInt().map(String), fc.array(tie('value'), { maxLength: 4 }), tie('object')),
    object: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  }));
  const deep = fc.integer({ min: 1, max: 5_000 }).map((depth) => `${'{"a":['.repeat(depth)}${']}'.repeat(depth)}`);
  const json = fc.oneof(fc.dictionary(key, value, { maxKeys: 4 }), value).map((made) => JSON.stringify(made));
  const bytes = fc.uint8Array({ maxLength: 50 }).map((made) => Buffer.from(made).toString('latin1'));
  return fc.oneof({ weight: 6, arbitrary: json }, { weight: 1, arbitrary: deep }, { weight: 1, arbitrary: bytes }, { weight: 1, arbitrary: fc.constantFrom('', '{', '1e999', '"\\ud800"', '\ufeff{}') });
};

const headers = fc.array(
  fc.oneof(
    fc.tuple(fc.constant('Last-Event-ID'), nasty),
    fc.tuple(fc.constantFrom('Content-Type'), fc.constantFrom('application/json', 'application/json; charset=utf-16', 'text/plain', 'a/b+json', ';;', 'multipart/form-data')),
    fc.tuple(fc.constant('Content-Encoding'), fc.constantFrom('gzip', 'br', 'identity', 'deflate, gzip', 'x')),
    fc.tuple(fc.constant('Cookie'), nasty.map((value) => `belfry_token=${value}; =; ;;a`)),
    fc.tuple(fc.constant('X-HTTP-Method-Override'), fc.constantFrom('DELETE', 'PATCH', 'x')),
    fc.tuple(fc.constant('Idempotency-Key'), nasty),
    fc.tuple(fc.constant('Origin'), fc.constantFrom('null', 'https://evil.example', '%', 'https://')),
    fc.tuple(fc.constant('X-Forwarded-For'), nasty),
    fc.tuple(fc.constant('Accept'), fc.constantFrom('text/event-stream', 'x', '*/*;q=9', ',,,')),
    fc.tuple(fc.constant('Range'), fc.constantFrom('bytes=0-', 'bytes=9-1', 'x=1')),
    fc.tuple(fc.constant('If-None-Match'), nasty),
    fc.tuple(fc.constant('Host'), fc.constantFrom('evil.example', '[', 'a:b:c')),
    fc.tuple(fc.constant('Expect'), fc.constantFrom('100-continue', 'x')),
  ),
  { maxLength: 4 },
);

interface Sent {
  method: string;
  target: string;
  headers: [string, string][];
  body: string | undefined;
}

const requests = (route: Route): fc.Arbitrary<Sent> =>
  fc.record({
    method: fc.oneof({ weight: 6, arbitrary: fc.constant(route.method.toUpperCase()) }, { weight: 1, arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND') }),
    target: fc
      .tuple(fc.array(nasty, { minLength: 3, maxLength: 3 }), query(route.query), fc.constantFrom('', '', '', '/', '//', '/.', ';a', '%20'))
      .map(([parts, search, tail]) => route.path.replace(/\{\w+\}/g, () => parts.shift() ?? 'x') + tail + search),
    headers,
    body: route.method === 'get' ? fc.option(body(route.body), { nil: undefined, freq: 4 }) : fc.option(body(route.body), { nil: undefined }),
  });

/** Sends it byte for byte. @returns the status and what came with it; of a stream its beginning */
function send({ method, target, headers: more, body: text }: Sent): Promise<{ status: number; answer: string }> {
  const bytes = text === undefined ? undefined : Buffer.from(text);
  const given = new Set(more.map(([name]) => name.toLowerCase()));
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...(given.has('host') ? [] : ['Host: localhost']),
    `Authorization: Bearer ${token}`,
    'Connection: close',
    ...(bytes ? [`Content-Length: ${bytes.length}`, ...(given.has('content-type') ? [] : ['Content-Type: application/json'])] : []),
    ...more.map(([name, value]) => `${name}: ${value}`),
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    let answer = '';
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (?!100)(\d{3}) /m.exec(answer)?.[1] ?? 0), answer });
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer within ${PATIENCE_MS} ms, only: ${answer.slice(0, 200)}`));
    }, PATIENCE_MS);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      // A stream has no end of its own.
      if (/^content-type: text\/event-stream/im.test(answer) && answer.includes('\r\n\r\n')) finish();
    });
    socket.on('error', () => undefined);
    socket.on('close', finish);
    socket.write(bytes ? Buffer.concat([head, bytes]) : head);
  });
}

describe('whatever is asked', () => {
  it('is answered in words, and never fails, hangs or ends the server', async () => {
    const asked = fc.constantFrom(...routes).chain(requests);
    await fc.assert(
      fc.asyncProperty(asked, async (sent) => {
        const { status, answer } = await send(sent);
        if (!(status >= 200 && status < 500) || (status >= 400 && /<html|\.js:\d+|node_modules/.test(answer))) {
          throw new Error(`${status}: ${answer.slice(0, 1_000)}`);
        }
      }),
      { numRuns: 600 },
    );
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
    const { rows } = await app.business.query(`select count(*)::int as count from public.things`);
    expect(rows).toEqual([{ count: 3 }]);
  }, 120_000);

  it('is answered so with each odd value in each place of each route', async () => {
    const places = routes.flatMap(({ method, path, query: names }) => [
      ...(path.includes('{') ? NASTY.map((value) => ({ method, target: path.replace(/\{\w+\}/g, value) })) : []),
      ...names.flatMap((name) => NASTY.map((value) => ({ method, target: `${path.replace(/\{\w+\}/g, '1')}?${name}=${value}` }))),
    ]);
    expect(places.length).toBeGreaterThan(500);
    const failed: string[] = [];
    for (const { method, target } of places) {
      const { status } = await send({ method: method.toUpperCase(), target, headers: [], body: method === 'get' ? undefined : '{}' });
      if (!(status >= 200 && status < 500)) failed.push(`${status}: ${method} ${target.slice(0, 100)}`);
    }
    expect(failed).toEqual([]);
  }, 120_000);

  it('is every route that there is', () => {
    const paths = new Set(routes.map(({ method, path }) => `${method} ${path}`));
    for (const known of ['get /v1/stream', 'get /v1/notifications', 'patch /v1/notifications/{id}/read', 'post /v1/notifications/read', 'get /health/ready', 'get /metrics']) {
      expect(paths).toContain(known);
    }
    expect(routes.find(({ method, path }) => method === 'get' && path === '/v1/notifications')?.query).toContain('before');
    expect(routes.find(({ path }) => path === '/v1/notifications/read')?.body).toContain('upTo');
  });
});
