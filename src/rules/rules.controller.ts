import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RulesRepository, type RuleReport } from './rules.repository.js';

/** What is installed. For any admin: it names tables and conditions, never rows. */
@ApiTags('rules')
@ApiBearerAuth()
@Controller('v1/rules')
export class RulesController {
  constructor(private readonly rules: RulesRepository) {}

  @Get()
  @ApiOperation({ summary: 'The rules in force, with their counters, drift and last error' })
  async list(): Promise<{ data: RuleReport[] }> {
    return { data: await this.rules.report() };
  }
}
