import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Response } from 'express';
import { Public } from '../auth/auth.guard.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { problem } from './problem.js';

/** Where the browser's side is built to, from `src/ops` and `dist/ops` alike. */
export const CLIENT_DIR = fileURLToPath(new URL('../../dist/client', import.meta.url));

/** The browser's side: the bell for any page, and the front page. Public. */
@Controller()
@Public()
@ApiExcludeController()
export class AssetsController {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  @Get('belfry.js')
  async bell(@Res() response: Response): Promise<void> {
    await sendToAnyPage(response, 'belfry.js');
  }

  @Get('belfry.js.map')
  async bellMap(@Res() response: Response): Promise<void> {
    await sendToAnyPage(response, 'belfry.js.map');
  }

  /** The sample's page; with a database of one's own, where to go. */
  @Get()
  async front(@Res() response: Response): Promise<void> {
    if (this.config.sample) return send(response, join('sample', 'index.html'));
    response.type('text/plain').send(
      'Belfry is running. The API is described at /docs; the bell is one line in your admin page:\n' +
        '<script type="module" src="/belfry.js"></script><belfry-bell></belfry-bell>\n',
    );
  }
}

/** A module script is fetched with CORS, and it is the same for everybody. */
async function sendToAnyPage(response: Response, file: string): Promise<void> {
  response.removeHeader('Access-Control-Allow-Credentials');
  response.set({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' });
  await send(response, file);
}

async function send(response: Response, file: string): Promise<void> {
  await access(join(CLIENT_DIR, file)).catch(() => {
    throw problem(404, `The file dist/client/${file} is not there; build it with: npm run build`);
  });
  // Asked for at every load, and answered 304 while the ETag is the same: a new release is there at once.
  response.set('Cache-Control', 'no-cache');
  await new Promise<void>((resolve, reject) => {
    response.sendFile(file, { root: CLIENT_DIR, cacheControl: false }, (error?: Error) => {
      if (error && !response.headersSent) reject(error);
      else resolve();
    });
  });
}
