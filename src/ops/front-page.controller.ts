import { join } from 'node:path';
import { Controller, Get, Inject, NotFoundException, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Public } from '../auth/auth.guard.js';
import { Uncounted } from '../auth/rate-limit.guard.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { sendClientFile } from './client-files.js';

const WHERE_TO_GO =
  'Belfry is running. The API is described at /docs; the bell is one line in your admin page:\n' +
  '<script type="module" src="/belfry.js"></script><belfry-bell></belfry-bell>\n';

/** The sample's page; with a database of one's own, where to go. Public. */
@Controller()
@Public()
@Uncounted()
@ApiExcludeController()
export class FrontPageController {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  @Get()
  async front(@Res() response: Response): Promise<void> {
    if (this.config.sample) await sendClientFile(response, join('sample', 'index.html'));
    else response.type('text/plain').send(WHERE_TO_GO);
  }

  /** The sample's notifications link to rows; the page finds its way from its address. */
  @Get(['rules', 'orders/:id', 'comments/:id', 'tickets/:id'])
  async row(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (!this.config.sample) throw new NotFoundException(`Cannot GET ${request.path}`);
    await sendClientFile(response, join('sample', 'index.html'));
  }
}
