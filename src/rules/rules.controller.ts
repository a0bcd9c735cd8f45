import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import type { Principal } from '../auth/principal.js';
import { problem } from '../ops/problem.js';
import { topicSchema } from './rule-schema.js';
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

  @Post(':topic/test')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send a test of the rule to yourself',
    description: 'It goes the whole way that a row’s change goes, shows made-up values, and is marked in its title.',
  })
  async test(@Param('topic', { schema: topicSchema }) topic: string, @CurrentPrincipal() { userId }: Principal): Promise<{ topic: string; channel: string }> {
    const channel = `user:${userId}`;
    if (await this.rules.test(topic, channel)) return { topic, channel };
    throw problem(404, 'No rule of that topic is in force: GET /v1/rules lists those that are.');
  }
}
