import { Controller, Get, NotFoundException, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from '../auth/auth.guard.js';
import { Uncounted } from '../auth/rate-limit.guard.js';
import { sendClientFile } from './client-files.js';

/** The bell, for any page of any site. Public: it is the same for everybody. */
@Controller()
@Public()
@Uncounted()
@ApiExcludeController()
export class BellController {
  @Get('belfry.js')
  async bell(@Res() response: Response): Promise<void> {
    await sendToAnyPage(response, 'belfry.js');
  }

  @Get('belfry.js.map')
  async map(@Res() response: Response): Promise<void> {
    await sendToAnyPage(response, 'belfry.js.map');
  }

  /** A theme, or its source map. */
  @Get('themes/:file')
  async theme(@Param('file') file: string, @Res() response: Response): Promise<void> {
    if (!/^[a-z]+\.css(\.map)?$/.test(file)) throw new NotFoundException(`Cannot GET /themes/${file}`);
    await sendToAnyPage(response, `themes/${file}`);
  }
}

/** A module script is fetched with CORS. */
async function sendToAnyPage(response: Response, file: string): Promise<void> {
  response.removeHeader('Access-Control-Allow-Credentials');
  response.set({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' });
  await sendClientFile(response, file);
}
