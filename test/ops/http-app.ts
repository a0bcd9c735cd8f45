import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type ModuleMetadata } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AuthModule } from '../../src/auth/auth.module.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { createApp } from '../../src/ops/app-setup.js';
import { OpsModule } from '../../src/ops/ops.module.js';

/** A secret for tests that sign their own tokens. */
export const SECRET = 'thirty-two bytes and a few for tests';

/** The cross-cutting side alone, on a free port of loopback. */
export interface HttpApp {
  url: string;
  config: Config;
  app: NestExpressApplication;
  close(): Promise<void>;
}

export interface HttpAppOptions extends Pick<ModuleMetadata, 'imports' | 'controllers'> {
  env?: NodeJS.ProcessEnv;
  publicPaths?: string[];
}

/** Starts it with the handlers of a test in place of the stations. */
export async function startHttpApp(test: HttpAppOptions = {}): Promise<HttpApp> {
  const { env = {}, publicPaths, imports = [], controllers = [] } = test;
  const dataDir = await mkdtemp(join(tmpdir(), 'belfry-http-'));
  const config = readConfig({ BELFRY_DATA_DIR: dataDir, ...env });
  const auth = AuthModule.forRoot(config, publicPaths === undefined ? {} : { publicPaths });

  @Module({ imports: [ConfigModule.forRoot(config), auth, OpsModule, ...imports], controllers })
  class TestAppModule {}

  const app = await createApp(TestAppModule, config, false);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    config,
    app,
    close: async () => {
      // One whose answer is on its way is not idle yet when the server closes, and would then be kept alive.
      app.getHttpServer().closeAllConnections();
      await app.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A database of one's own, as far as these modules ask. */
export const OWN_DATABASE = { DATABASE_URL: 'postgresql://localhost:1/none', BELFRY_JWT_SECRET: SECRET };

/** Sends JSON. */
export function send(method: string, body: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}

/** The problem document of an answer, once it is one. */
export async function problemOf(response: Response): Promise<Record<string, unknown>> {
  const type = response.headers.get('content-type');
  const text = await response.text();
  if (!type?.startsWith('application/problem+json')) throw new Error(`${response.status} ${type}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
