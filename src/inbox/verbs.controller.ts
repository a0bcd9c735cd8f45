import { Body, Controller, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import type { Principal } from '../auth/principal.js';
import type { Notification } from '../journal/notification.js';
import { problem } from '../ops/problem.js';
import { Claims } from './claims.repository.js';
import type { Counts } from './counts.js';
import { CountsRepository } from './counts.repository.js';
import { FeedRepository } from './feed.repository.js';
import { idSchema, manySchema, snoozeSchema, unreadSchema } from './inbox.schemas.js';
import { Inboxes } from './inboxes.service.js';
import { MarksRepository } from './marks.repository.js';
import { Shelf } from './shelf.repository.js';

type Many = z.output<typeof manySchema>;

/** What an admin does with notifications beyond reading them. Doing it twice is done once. */
@ApiTags('inbox')
@ApiBearerAuth()
@Controller('v1/notifications')
export class VerbsController {
  constructor(
    private readonly inboxes: Inboxes,
    private readonly feed: FeedRepository,
    private readonly counted: CountsRepository,
    private readonly marks: MarksRepository,
    private readonly shelf: Shelf,
    private readonly claims: Claims,
  ) {}

  @Patch(':id/archive')
  @ApiOperation({ summary: 'Put one away, for yourself: it is in no list but the archive, and in no count, until it is raised again' })
  async archive(@CurrentPrincipal() principal: Principal, @Param('id', { schema: idSchema }) id: bigint): Promise<Notification> {
    return this.do(principal, id, () => this.shelf.archive(principal, [id]));
  }

  @Patch(':id/unarchive')
  @ApiOperation({ summary: 'Take one out of your archive, read or unread as it was' })
  async unarchive(@CurrentPrincipal() principal: Principal, @Param('id', { schema: idSchema }) id: bigint): Promise<Notification> {
    return this.do(principal, id, () => this.shelf.unarchive(principal, [id]));
  }

  @Patch(':id/snooze')
  @ApiOperation({ summary: 'Put one away, for yourself, until a time: it comes back unread then' })
  async snooze(
    @CurrentPrincipal() principal: Principal,
    @Param('id', { schema: idSchema }) id: bigint,
    @Body({ schema: snoozeSchema }) { until }: z.output<typeof snoozeSchema>,
  ): Promise<Notification> {
    return this.do(principal, id, () => this.shelf.snooze(principal, id, until));
  }

  @Patch(':id/unsnooze')
  @ApiOperation({ summary: 'Have a snoozed one back now, read or unread as it was' })
  async unsnooze(@CurrentPrincipal() principal: Principal, @Param('id', { schema: idSchema }) id: bigint): Promise<Notification> {
    return this.do(principal, id, () => this.shelf.unsnooze(principal, id));
  }

  @Patch(':id/claim')
  @ApiOperation({
    summary: 'Take one on: everybody sees that you have it, and nobody else counts it as unread',
    description: 'Who comes second is answered 409, with `claimedBy`. What is resolved already is 409 too.',
  })
  async claim(@CurrentPrincipal() principal: Principal, @Param('id', { schema: idSchema }) id: bigint): Promise<Notification> {
    const after = await this.do(principal, id, () => this.claims.claim(principal, id));
    const { claimedBy, resolvedAt, resolvedBy } = after;
    if (resolvedAt !== null) throw problem(409, `It was resolved already, by ${resolvedBy ?? 'nobody known'}: nothing is left to claim.`, { kind: 'resolved', claimedBy, resolvedBy });
    if (claimedBy !== principal.userId) throw isClaimed(claimedBy);
    return after;
  }

  @Patch(':id/release')
  @ApiOperation({ summary: 'Give back what you took on', description: 'What another has taken on is 409, with `claimedBy`.' })
  async release(@CurrentPrincipal() principal: Principal, @Param('id', { schema: idSchema }) id: bigint): Promise<Notification> {
    const after = await this.do(principal, id, () => this.claims.release(principal, id));
    if (after.claimedBy !== null && after.claimedBy !== principal.userId) throw isClaimed(after.claimedBy);
    return after;
  }

  @Patch(':id/resolve')
  @ApiOperation({ summary: 'Needs nobody any more: it leaves every count, and stays in the history' })
  async resolve(@CurrentPrincipal() principal: Principal, @Param('id', { schema: idSchema }) id: bigint): Promise<Notification> {
    return this.do(principal, id, () => this.claims.resolve(principal, id));
  }

  @Post('archive')
  @HttpCode(200)
  @ApiOperation({ summary: 'Archive these ids, or what is read up to a position', description: 'Of what is read the newest 10,000; ask again for more.' })
  async archiveMany(@CurrentPrincipal() principal: Principal, @Body({ schema: manySchema }) { ids, upTo }: Many): Promise<Counts> {
    await this.inboxes.begin(principal);
    if (ids) await this.shelf.archive(principal, ids);
    else if (upTo !== undefined) await this.shelf.archiveUpTo(principal, upTo);
    return this.countsOf(principal);
  }

  @Post('unarchive')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take these ids, or all up to a position, out of the archive' })
  async unarchiveMany(@CurrentPrincipal() principal: Principal, @Body({ schema: manySchema }) { ids, upTo }: Many): Promise<Counts> {
    await this.inboxes.begin(principal);
    if (ids) await this.shelf.unarchive(principal, ids);
    else if (upTo !== undefined) await this.shelf.unarchiveUpTo(principal, upTo);
    return this.countsOf(principal);
  }

  @Post('unread')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Mark these ids as unread; or take "mark all as read" back, with the `undo` of its answer',
    description: 'Once more has been read up to a position beyond it, it can’t be taken back: 409.',
  })
  async unreadMany(@CurrentPrincipal() principal: Principal, @Body({ schema: unreadSchema }) { ids = [], upTo, after }: z.output<typeof unreadSchema>): Promise<Counts> {
    await this.inboxes.begin(principal);
    if (upTo === undefined || after === undefined) await this.marks.mark(principal, ids, false);
    else if (!(await this.marks.takeBack(principal, { upTo, after, ids }))) {
      throw problem(409, 'More has been read since, here or on another device: this can’t be taken back any more. Mark ids as unread instead.', { kind: 'overtaken' });
    }
    return this.countsOf(principal);
  }

  /** @returns how it stands after that. @throws 404 where it is not theirs to see */
  private async do(principal: Principal, id: bigint, verb: () => Promise<unknown>): Promise<Notification> {
    await this.inboxes.begin(principal);
    await verb();
    const [notification] = await this.feed.find(principal, [id]);
    if (!notification) throw problem(404, `There is no notification ${id} among those that you may see.`);
    return notification;
  }

  private async countsOf(principal: Principal): Promise<Counts> {
    const { unread, unseen } = await this.counted.counts(principal);
    return { unread, unseen };
  }
}

function isClaimed(claimedBy: string | null): Error {
  return problem(409, `${claimedBy ?? 'Somebody else'} has it: ask them to release it.`, { kind: 'claimed', claimedBy });
}
