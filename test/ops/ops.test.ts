import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Query } from '@nestjs/common';
import { Counter, type Registry } from 'prom-client';
import { z } from 'zod';
import { CLIENT_DIR } from '../../src/ops/client-files.js';
import { METRICS } from '../../src/ops/metrics.controller.js';
import { ReadinessChecks } from '../../src/ops/readiness.js';
import { type HttpApp, OWN_DATABASE, problemOf, startHttpApp } from './http-app.js';

const querySchema = z.object({ limit: z.coerce.number().int().max(100).optional() });

@Controller('v1/things')
class Things {
  @Get()
  list(@Query({ schema: querySchema }) query: z.infer<typeof querySchema>) {
    return query;
  }
}

describe('operating it', () => {
  let app: HttpApp;
  beforeAll(async () => {
    const env = { ...OWN_DATABASE, BELFRY_CORS_ORIGINS: 'https://admin.example' };
    app = await startHttpApp({ env, controllers: [Things] });
  });
  afterAll(() => app.close());

  it('is alive', async () => {
    const response = await fetch(`${app.url}/health/live`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'live' });
  });

  it('is ready when every check is, and says which is not', async () => {
    const checks = app.app.get(ReadinessChecks);
    checks.register('database', () => Promise.resolve(undefined));
    checks.register('relay', () => undefined);
    const ready = await fetch(`${app.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: 'ready', checks: { database: 'ok', relay: 'ok' } });

    checks.register('database', () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1:5432')));
    checks.register('relay', () => 'draining');
    checks.register('tail', () => new Promise(() => undefined));
    const response = await fetch(`${app.url}/health/ready`);
    expect(await problemOf(response)).toMatchObject({
      type: 'urn:belfry:problem:not-ready',
      status: 503,
      checks: { database: 'does not answer', relay: 'draining', tail: 'does not answer within 1 s' },
    });
    expect(response.headers.get('retry-after')).toBe('2');
  });

  it("gives Prometheus the process's and the stations' metrics", async () => {
    const registry = app.app.get<Registry>(METRICS);
    new Counter({ name: 'belfry_things_total', help: 'Things.', registers: [registry] }).inc(3);
    const response = await fetch(`${app.url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    expect(text).toMatch(/^belfry_things_total 3$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
  });

  it('describes the API with the schemas that check it', async () => {
    expect(await (await fetch(`${app.url}/docs/openapi.json`)).json()).toMatchObject({
      openapi: '3.1.0',
      paths: { '/v1/things': { get: { parameters: [{ name: 'limit', in: 'query', required: false }] } } },
      components: { securitySchemes: { bearer: { scheme: 'bearer' }, cookie: { in: 'cookie' } } },
    });
  });

  it('shows the page of the API with its own files alone', async () => {
    const page = await fetch(`${app.url}/docs`);
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toContain('unsafe-eval');
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)=["']([^"']+)["']/g)].map(([, file]) => file ?? '');
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      expect(file).toMatch(/^\.\/docs\//);
      expect((await fetch(new URL(file, `${app.url}/docs`))).status).toBe(200);
    }
    expect(html).not.toMatch(/<script>[^<]/);
  });

  it('sends the headers of security with every answer, errors included', async () => {
    for (const path of ['/health/live', '/nowhere', '/v1/things']) {
      const { headers } = await fetch(app.url + path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it('lets the named origins call, and no other', async () => {
    const preflight = (origin: string) =>
      fetch(`${app.url}/v1/things`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'PATCH',
          'access-control-request-headers': 'authorization,last-event-id,idempotency-key',
        },
      });
    const { headers } = await preflight('https://admin.example');
    expect(headers.get('access-control-allow-origin')).toBe('https://admin.example');
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(headers.get('access-control-allow-headers')).toMatch(/Authorization.*Idempotency-Key.*Last-Event-ID/);
    expect(headers.get('vary')).toContain('Origin');
    const others = [
      'https://evil.example', 'null', 'http://admin.example', 'https://admin.example.evil.example', 'https://evil-admin.example',
      'https://evil.example/https://admin.example', 'https://admin.example:8443', 'https://admin.example@evil.example', '*', 'https://',
    ];
    for (const origin of others) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
    }
    const refused = await fetch(`${app.url}/v1/things`, { headers: { origin: 'https://admin.example' } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://admin.example');
  });

  it('says where to go at /, and has no sample page', async () => {
    const front = await fetch(app.url);
    expect(front.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await front.text()).toContain('/docs');
    const row = await problemOf(await fetch(`${app.url}/orders/1`));
    expect(row).toMatchObject({ status: 404, detail: 'Cannot GET /orders/1' });
    expect((await fetch(`${app.url}/page.js`)).status).toBe(404);
  });
});

describe("the browser's files", () => {
  const files = { 'belfry.js': 'export {};', 'belfry.js.map': '{}', 'themes/paper.css': 'a {}', 'sample/index.html': '<!doctype html>' };
  const made = new Map<string, string>();
  beforeAll(async () => {
    for (const folder of ['sample', 'themes']) await mkdir(join(CLIENT_DIR, folder), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      const path = join(CLIENT_DIR, name);
      // What is built stays as it is.
      await writeFile(path, text, { flag: 'wx' }).then(() => made.set(path, text), () => undefined);
    }
  });
  afterAll(async () => {
    for (const [path, text] of made) if ((await readFile(path, 'utf8')) === text) await rm(path);
  });

  it('are for any page, and fetched again only when they changed', async () => {
    const app = await startHttpApp({ env: { ...OWN_DATABASE, BELFRY_CORS_ORIGINS: 'https://admin.example' } });
    const bell = await fetch(`${app.url}/belfry.js`, { headers: { origin: 'https://admin.example' } });
    expect(bell.status).toBe(200);
    expect(bell.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(bell.headers.get('access-control-allow-origin')).toBe('*');
    expect(bell.headers.get('access-control-allow-credentials')).toBeNull();
    expect(bell.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(bell.headers.get('cache-control')).toBe('no-cache');
    await bell.text();
    const again = { headers: { 'if-none-match': bell.headers.get('etag') ?? '', 'cache-control': 'max-age=0' } };
    expect((await fetch(`${app.url}/belfry.js`, again)).status).toBe(304);
    expect((await fetch(`${app.url}/belfry.js.map`)).status).toBe(200);
    const theme = await fetch(`${app.url}/themes/paper.css`);
    expect([theme.status, theme.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
    expect(theme.headers.get('access-control-allow-origin')).toBe('*');
    for (const path of ['themes/none.css', 'themes/..%2fbelfry.js', 'themes/..%2fsample%2fpage.css']) {
      expect([path, (await fetch(`${app.url}/${path}`)).status]).toEqual([path, 404]);
    }
    const beyond = await fetch(`${app.url}/belfry.js`, { headers: { range: 'bytes=99999999-' } });
    expect(await problemOf(beyond)).toMatchObject({ status: 416, title: 'Range Not Satisfiable' });
    await app.close();
  });

  it("are the sample's page at / and at each row's address", async () => {
    const app = await startHttpApp();
    for (const path of ['/', '/index.html', '/orders/7', '/tickets/7']) {
      const page = await fetch(app.url + path);
      expect([path, page.status, page.headers.get('content-type')]).toEqual([path, 200, 'text/html; charset=utf-8']);
      expect(page.headers.get('cache-control')).toBe('no-cache');
      expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    }
    expect((await fetch(`${app.url}/..%2f..%2fpackage.json`)).status).toBeGreaterThanOrEqual(400);
    await app.close();
  });
});
