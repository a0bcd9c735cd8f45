import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { Public } from '../../src/auth/auth.guard.js';
import { Uncounted } from '../../src/auth/rate-limit.guard.js';
import { type HttpApp, OWN_DATABASE, problemOf, SECRET, startHttpApp } from '../ops/http-app.js';
import { signedWithSecret } from './issuer.js';

let asked = 0;

@Controller()
class Counter {
  @Get('private')
  ask() {
    return { asked: ++asked };
  }

  @Get('stream')
  @Uncounted()
  stream() {
    return {};
  }

  @Get('open')
  @Public()
  open() {
    return {};
  }
}

let app: HttpApp;
afterEach(() => app.close());

async function start(env: Record<string, string>): Promise<void> {
  app = await startHttpApp({ env: { ...OWN_DATABASE, ...env }, controllers: [Counter] });
  asked = 0;
}

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(app.url + path, { headers });
}

const as = async (sub: string): Promise<Record<string, string>> => ({ authorization: `Bearer ${await signedWithSecret(SECRET, { sub })}` });
const statuses = async (times: number, path: string, headers: () => Promise<Record<string, string>>): Promise<number[]> => {
  const found: number[] = [];
  for (let n = 0; n < times; n++) {
    const response = await get(path, await headers());
    await response.text();
    found.push(response.status);
  }
  return found;
};

describe('an admin who asks too often', () => {
  it('is told when to come again, in a problem that a page of an allowed origin can read', async () => {
    await start({ BELFRY_LIMIT_REQUESTS: '1/min burst 3', BELFRY_CORS_ORIGINS: 'https://admin.example' });
    expect(await statuses(3, '/private', () => as('ann'))).toEqual([200, 200, 200]);
    const refused = await get('/private', { ...(await as('ann')), origin: 'https://admin.example' });
    expect(refused.status).toBe(429);
    const after = Number(refused.headers.get('retry-after'));
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThanOrEqual(60);
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://admin.example');
    expect(refused.headers.get('access-control-expose-headers')).toContain('Retry-After');
    expect(refused.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(await problemOf(refused)).toEqual({
      type: 'urn:belfry:problem:rate-limited',
      title: 'Too Many Requests',
      status: 429,
      detail: expect.stringMatching(/too many requests of this admin; try again in \d+ s/),
    });
    expect(asked).toBe(3);
  });

  it('is one admin by whatever token, and takes nothing from the next desk', async () => {
    await start({ BELFRY_LIMIT_REQUESTS: '1/min burst 2' });
    expect(await statuses(3, '/private', () => as('ann'))).toEqual([200, 200, 429]);
    expect(await statuses(2, '/private', () => as('bob'))).toEqual([200, 200]);
    const cookie = async () => ({ cookie: `belfry_token=${await signedWithSecret(SECRET, { sub: 'ann', roles: ['x'] })}` });
    expect(await statuses(1, '/private', cookie)).toEqual([429]);
  });

  it('still opens streams, loads files and is probed: those have limits of their own, or none', async () => {
    await start({ BELFRY_LIMIT_REQUESTS: '1/min burst 1', BELFRY_LIMIT_STRANGERS: '1/min burst 1' });
    expect(await statuses(2, '/private', () => as('ann'))).toEqual([200, 429]);
    expect(await statuses(3, '/stream', () => as('ann'))).toEqual([200, 200, 200]);
    expect(await statuses(2, '/open', () => Promise.resolve({}))).toEqual([200, 429]);
    expect(await statuses(3, '/health/live', () => Promise.resolve({}))).toEqual([200, 200, 200]);
    expect(await statuses(2, '/', () => Promise.resolve({}))).toEqual([200, 200]);
  });
});

describe('a stranger who asks too often', () => {
  const bad = () => Promise.resolve({ authorization: 'Bearer a.b.c' });

  it('is refused by address, and whoever has a good token there is not', async () => {
    await start({ BELFRY_LIMIT_STRANGERS: '1/min burst 2' });
    expect(await statuses(3, '/private', bad)).toEqual([401, 401, 429]);
    expect(await statuses(1, '/private', () => Promise.resolve({}))).toEqual([429]);
    expect(await statuses(1, '/stream', bad)).toEqual([429]);
    expect(await statuses(2, '/private', () => as('ann'))).toEqual([200, 200]);
  });

  const saying = (address: string) => () => Promise.resolve({ 'x-forwarded-for': address });

  it('gets no new limit by claiming to speak for others', async () => {
    await start({ BELFRY_LIMIT_STRANGERS: '1/min burst 1' });
    expect(await statuses(1, '/private', saying('203.0.113.1'))).toEqual([401]);
    expect(await statuses(1, '/private', saying('203.0.113.2'))).toEqual([429]);
  });

  it('is told apart behind a proxy that is named', async () => {
    await start({ BELFRY_LIMIT_STRANGERS: '1/min burst 1', BELFRY_TRUSTED_PROXIES: 'loopback' });
    expect(await statuses(1, '/private', saying('203.0.113.1'))).toEqual([401]);
    expect(await statuses(1, '/private', saying('203.0.113.2'))).toEqual([401]);
    expect(await statuses(1, '/private', saying('203.0.113.99, 203.0.113.2'))).toEqual([429]);
  });
});
