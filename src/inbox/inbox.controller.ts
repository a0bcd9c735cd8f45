import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import type { Principal } from '../auth/principal.js';
import type { Notification, Severity } from '../journal/notification.js';
import { problem } from '../ops/problem.js';
import { CountsRepository } from './counts.repository.js';
import type { Count, Counts } from './counts.js';
import { FeedRepository } from './feed.repository.js';
import { Inboxes } from './inboxes.service.js';
import { idSchema, listSchema, readSchema, seenSchema } from './inbox.schemas.js';
import { MarksRepository, type ReadUpTo } from './marks.repository.js';
import { PreferencesRepository } from './preferences.repository.js';
import { type Why, WhyRepository } from './why.repository.js';

export interface Page {
  data: Notification[];
  /** `before` and `after`: the positions to ask the next older and the next newer page with; null on an empty page. */
  pageInfo: { before: string | null; after: string | null; hasMore: boolean };
}

/** What takes a mark of all back. */
export interface Undo {
  upTo: string;
  after: string;
  ids: string[];
}

/** One admin's inbox over REST. */
@ApiTags('inbox')
@ApiBearerAuth()
@Controller('v1/notifications')
export class InboxController {
  constructor(
    private readonly inboxes: Inboxes,
    private readonly feed: FeedRepository,
    private readonly counted: CountsRepository,
    private readonly whys: WhyRepository,
    private readonly marks: MarksRepository,
    private readonly preferences: PreferencesRepository,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'A page of notifications, newest first',
    description:
      'topic and severity may be given several times. Muted topics are left out, unless asked for by topic, archived or snoozed. With q one request looks through some 2,000 of the newest that fit the rest: there may be ' +
      'fewer on the page than asked for, or none, and more beyond; pageInfo.before says where to go on.',
  })
  async list(@CurrentPrincipal() principal: Principal, @Query({ schema: listSchema }) query: z.output<typeof listSchema>): Promise<Page> {
    const { topic: topics, severity: severities, ...filter } = query;
    await this.inboxes.begin(principal);
    const muted = topics ? [] : (await this.preferences.of(principal.userId)).mutedTopics;
    const { notifications, hasMore, before, after } = await this.feed.page(principal, { ...filter, topics, severities, muted });
    return { data: notifications, pageInfo: { before, after, hasMore } };
  }

  @Get('counts')
  @ApiOperation({
    summary: 'Unread and unseen, absolute; counted to 1,000, beyond that capped',
    description: '`mine`: unread and addressed to you by name. `archived`: in your archive, read or not.',
  })
  async counts(@CurrentPrincipal() principal: Principal): Promise<Counts & { bySeverity: Record<Severity, Count>; mine: Count; archived: Count }> {
    await this.inboxes.begin(principal);
    const { unread, unseen, preferences } = await this.counted.counts(principal);
    const { mutedTopics: muted } = preferences;
    return { unread, unseen, bySeverity: await this.counted.bySeverity(principal, muted), ...(await this.counted.byTab(principal, muted)) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One notification, with why it was sent' })
  async one(@CurrentPrincipal() principal: Principal, @Param('id', { schema: idSchema }) id: bigint): Promise<Notification & { why: Why | null }> {
    const [notification, why] = await Promise.all([this.find(principal, id), this.whys.find(principal, id)]);
    return { ...notification, why };
  }

  @Patch(':id/read')
  @ApiOperation({ summary: 'Mark one as read' })
  async read(@CurrentPrincipal() principal: Principal, @Param('id', { schema: idSchema }) id: bigint): Promise<Notification> {
    return this.mark(principal, id, true);
  }

  @Patch(':id/unread')
  @ApiOperation({ summary: 'Mark one as unread' })
  async unread(@CurrentPrincipal() principal: Principal, @Param('id', { schema: idSchema }) id: bigint): Promise<Notification> {
    return this.mark(principal, id, false);
  }

  @Post('read')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Mark many as read: all up to a position (of one topic), or these ids',
    description:
      'What arrives or is raised again meanwhile lies above the position, and stays unread. Ids that are not yours to see are passed over. ' +
      '`undo` is what POST /v1/notifications/unread takes all of it back with; null with ids or a topic, and where nothing was unread.',
  })
  async readMany(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: readSchema }) { upTo, ids, topic }: z.output<typeof readSchema>,
  ): Promise<Counts & { undo: Undo | null }> {
    await this.inboxes.begin(principal);
    let marked: ReadUpTo | undefined;
    if (ids) await this.marks.mark(principal, ids, true);
    else if (upTo !== undefined && topic !== undefined) await this.marks.readTopic(principal, topic, upTo);
    else if (upTo !== undefined) marked = await this.marks.readUpTo(principal, upTo);
    return { ...(await this.countsOf(principal)), undo: marked ? toUndo(marked) : null };
  }

  @Post('seen')
  @HttpCode(200)
  @ApiOperation({ summary: 'Mark all up to a position as seen: what opening the bell does' })
  async seen(@CurrentPrincipal() principal: Principal, @Body({ schema: seenSchema }) { upTo }: z.output<typeof seenSchema>): Promise<Counts> {
    await this.inboxes.begin(principal);
    await this.marks.seenUpTo(principal, upTo);
    return this.countsOf(principal);
  }

  private async mark(principal: Principal, id: bigint, read: boolean): Promise<Notification> {
    await this.inboxes.begin(principal);
    await this.marks.mark(principal, [id], read);
    return this.find(principal, id);
  }

  private async find(principal: Principal, id: bigint): Promise<Notification> {
    await this.inboxes.begin(principal);
    const [notification] = await this.feed.find(principal, [id]);
    if (!notification) throw problem(404, `There is no notification ${id} among those that you may see.`);
    return notification;
  }

  private async countsOf(principal: Principal): Promise<Counts> {
    await this.inboxes.begin(principal);
    const { unread, unseen } = await this.counted.counts(principal);
    return { unread, unseen };
  }
}

function toUndo({ upTo, after, ids }: ReadUpTo): Undo {
  return { upTo: String(upTo), after: String(after), ids: ids.map(String) };
}
