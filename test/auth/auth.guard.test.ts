import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post } from '@nestjs/common';
import { Public } from '../../src/auth/auth.guard.js';
import { CurrentPrincipal } from '../../src/auth/current-principal.decorator.js';
import type { Principal } from '../../src/auth/principal.js';
import { type HttpApp, OWN_DATABASE, problemOf, SECRET, send, startHttpApp } from '../ops/http-app.js';
import { inSeconds, Issuer, signed, signedWithSecret } from './issuer.js';

@Controller()
class Doors {
  @Get('private')
  who(@CurrentPrincipal() principal: Principal) {
    return { user: principal.userId };
  }

  @Post('private')
  change(@CurrentPrincipal() principal: Principal) {
    return { user: principal.userId };
  }

  @Get('open')
  @Public()
  open() {
    return { open: true };
  }

  @Get(['shop/orders', 'shopping'])
  strangers() {
    return { open: true };
  }
}

describe('the guard', () => {
  let app: HttpApp;
  let token: string;
  const get = (path: string, headers: Record<string, string> = {}) => fetch(app.url + path, { headers });
  const bearer = (value: string) => ({ authorization: `Bearer ${value}` });

  beforeAll(async () => {
    const env = { ...OWN_DATABASE, BELFRY_CORS_ORIGINS: 'https://admin.example' };
    app = await startHttpApp({ env, controllers: [Doors], publicPaths: ['/shop'] });
    token = await signedWithSecret(SECRET);
  });
  afterAll(() => app.close());

  it('lets in by bearer token and by cookie', async () => {
    expect(await (await get('/private', bearer(token))).json()).toEqual({ user: 'ann' });
    expect(await (await get('/private', { cookie: `belfry_token=${token}` })).json()).toEqual({ user: 'ann' });
  });

  it('asks for a token where there is none', async () => {
    const response = await get('/private');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="belfry"');
    expect(await problemOf(response)).toMatchObject({ status: 401, title: 'Unauthorized', detail: expect.any(String) });
  });

  it.each([
    ['malformed', () => Promise.resolve('a.b.c')],
    ['expired', () => signedWithSecret(SECRET, { exp: inSeconds(-60) })],
    ['signed by somebody else', () => signedWithSecret('x'.repeat(32))],
    ['unsigned', () => Promise.resolve('eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4iLCJleHAiOjQwMDAwMDAwMDB9.')],
  ])('answers a token that is %s with 401 and why, from either place', async (_, make) => {
    const bad = await make();
    for (const headers of [bearer(bad), { cookie: `belfry_token=${bad}` }]) {
      const response = await get('/private', headers);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="belfry", error="invalid_token", error_/);
      expect(await problemOf(response)).toMatchObject({ status: 401 });
    }
  });

  it('prefers the bearer token, good or bad', async () => {
    const sam = await signedWithSecret(SECRET, { sub: 'sam' });
    const cookie = `belfry_token=${token}`;
    expect(await (await get('/private', { ...bearer(sam), cookie })).json()).toEqual({ user: 'sam' });
    expect((await get('/private', { ...bearer('junk'), cookie })).status).toBe(401);
  });

  it('reads no token from the query string', async () => {
    for (const name of ['access_token', 'token', 'belfry_token', 'authorization']) {
      expect((await get(`/private?${name}=${token}`)).status).toBe(401);
    }
  });

  it('leaves open what is public, by decorator and by path, and no more than that', async () => {
    expect((await get('/open')).status).toBe(200);
    expect((await get('/open', bearer('junk'))).status).toBe(200);
    expect((await get('/shop/orders')).status).toBe(200);
    expect((await get('/shopping')).status).toBe(401);
  });

  it('escapes what goes into the header', async () => {
    const header = Buffer.from(JSON.stringify({ alg: '"\\é\r\nx-evil: 1' })).toString('base64url');
    const response = await get('/private', bearer(`${header}.e30.x`));
    expect(response.status).toBe(401);
    expect(response.headers.get('x-evil')).toBeNull();
    expect(response.headers.get('www-authenticate')).toMatch(/error_description="[^"\\]*'''''x-evil: 1'[^"\\]*"$/);
  });

  it('changes nothing for a page of another site, unless its origin is allowed', async () => {
    const cookie = `belfry_token=${token}`;
    const post = (headers: Record<string, string>) => raw(app.url, 'POST', '/private', headers);
    const host = new URL(app.url).host;
    expect(await post({ cookie })).toBe(201);
    expect(await post({ cookie, origin: `http://${host}` })).toBe(201);
    expect(await post({ cookie, origin: 'https://admin.example', 'sec-fetch-site': 'cross-site' })).toBe(201);
    expect(await post({ cookie, origin: 'https://evil.example' })).toBe(403);
    expect(await post({ cookie, origin: 'null' })).toBe(403);
    expect(await post({ cookie, 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await post({ ...bearer(token), origin: 'https://evil.example' })).toBe(201);
    expect(await raw(app.url, 'GET', '/private', { cookie, origin: 'https://evil.example' })).toBe(200);
  });
});

describe('the guard with an issuer that is away', () => {
  it('says "later", not "no"', async () => {
    const issuer = await Issuer.start();
    const key = await issuer.makeKey('k', 'ES256');
    issuer.answer = 'error';
    const env = { DATABASE_URL: OWN_DATABASE.DATABASE_URL, BELFRY_JWKS_URL: issuer.jwksUrl };
    const app = await startHttpApp({ env, controllers: [Doors] });
    try {
      const response = await fetch(`${app.url}/private`, { headers: { authorization: `Bearer ${await signed(key)}` } });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await problemOf(response)).toMatchObject({ status: 503, detail: expect.stringContaining('keys') });
    } finally {
      await app.close();
      await issuer.stop();
    }
  });
});

describe("the sample's sign-in", () => {
  let app: HttpApp;
  beforeAll(async () => {
    app = await startHttpApp();
  });
  afterAll(() => app.close());

  it('signs its admins in by cookie and by token, and out', async () => {
    const admins = (await (await fetch(`${app.url}/sample/admins`)).json()) as { user: string }[];
    expect(admins.map(({ user }) => user)).toEqual(['ann', 'sam', 'fay', 'lea', 'dana']);
    expect((await fetch(`${app.url}/sample/me`)).status).toBe(401);

    const signedIn = await fetch(`${app.url}/sample/sign-in`, send('POST', { user: 'ann' }));
    expect(signedIn.status).toBe(200);
    const setCookie = signedIn.headers.get('set-cookie') ?? '';
    expect(setCookie).toMatch(/^belfry_token=[\w.-]+; Max-Age=28800; Path=\/; .*HttpOnly; SameSite=Strict$/);
    const { token } = (await signedIn.json()) as { token: string };

    const me = { user: 'ann', name: 'Ann', roles: ['sales', 'ops'] };
    for (const headers of [{ cookie: setCookie.split(';')[0] ?? '' }, { authorization: `Bearer ${token}` }]) {
      expect(await (await fetch(`${app.url}/sample/me`, { headers })).json()).toEqual(me);
    }
    const out = await fetch(`${app.url}/sample/sign-out`, { method: 'POST' });
    expect(out.status).toBe(204);
    expect(out.headers.get('set-cookie')).toMatch(/^belfry_token=; Path=\/; Expires=Thu, 01 Jan 1970/);
  });

  it('knows nobody else, and is not asked by other sites', async () => {
    const nobody = await fetch(`${app.url}/sample/sign-in`, send('POST', { user: 'root' }));
    const detail = expect.stringContaining('ann, sam, fay, lea, dana');
    expect(await problemOf(nobody)).toMatchObject({ status: 404, detail });
    const fromElsewhere = send('POST', { user: 'ann' }, { origin: 'https://evil.example' });
    expect((await fetch(`${app.url}/sample/sign-in`, fromElsewhere)).status).toBe(403);
  });

  it('answers to names of this machine only', async () => {
    const port = new URL(app.url).port;
    expect(await raw(app.url, 'GET', '/sample/admins', { host: `localhost:${port}` })).toBe(200);
    expect(await raw(app.url, 'GET', '/sample/admins', { host: `[::1]:${port}` })).toBe(200);
    expect(await raw(app.url, 'GET', '/sample/admins', { host: `rebound.example:${port}` })).toBe(403);
  });

  it.each([
    ['a database of one\'s own', OWN_DATABASE],
    ['the sample on an open address', { HOST: '0.0.0.0', BELFRY_JWT_SECRET: SECRET }],
  ])('is not there with %s', async (_, env) => {
    const other = await startHttpApp({ env });
    expect((await fetch(`${other.url}/sample/admins`)).status).toBe(404);
    expect((await fetch(`${other.url}/sample/sign-in`, send('POST', { user: 'ann' }))).status).toBe(404);
    await other.close();
  });
});

/** The status alone; unlike `fetch`, sends whatever headers it is told to. */
function raw(url: string, method: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject).end();
  });
}
