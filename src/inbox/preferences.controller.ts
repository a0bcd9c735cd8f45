import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import type { Principal } from '../auth/principal.js';
import { PreferencesRepository } from './preferences.repository.js';
import { type Preferences, preferencesSchema } from './preferences.schemas.js';

/** What an admin wants to be disturbed by, on whatever device. */
@ApiTags('inbox')
@ApiBearerAuth()
@Controller('v1/preferences')
export class PreferencesController {
  constructor(private readonly preferences: PreferencesRepository) {}

  @Get()
  @ApiOperation({ summary: 'What you want to be disturbed by' })
  async read(@CurrentPrincipal() { userId }: Principal): Promise<Preferences> {
    return this.preferences.of(userId);
  }

  @Put()
  @ApiOperation({ summary: 'Replace it, whole; what is left out is as by default' })
  async replace(@CurrentPrincipal() { userId }: Principal, @Body({ schema: preferencesSchema }) preferences: Preferences): Promise<Preferences> {
    await this.preferences.replace(userId, preferences);
    return preferences;
  }
}
