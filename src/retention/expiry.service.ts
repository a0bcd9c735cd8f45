import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Connections } from '../database/connections.js';
import { SchemaWatch } from '../database/schema-watch.service.js';

/** How often it is looked, in milliseconds: how late a badge may be. */
const LOOK_MS = 1_000;
/** Notifications settled in one transaction. */
const BATCH = 1_000;

// Rows that another process is at are its own. What is written here goes the way of every change: the relay gives it a
// position, and each stream hears of it in order.
const EXPIRE = `
  with due as (
    select id from belfry.notifications
     where expires_at <= now() and resolved_at is null
     order by expires_at limit $1
       for update skip locked
  ), resolved as (
    update belfry.notifications n set resolved_at = now(), resolved_by = 'expiry', updated_at = now()
      from due where n.id = due.id and n.resolved_at is null
    returning n.id
  ), told as (
    insert into belfry.changes (operation, key) select 'resolved', id from resolved order by id
    returning id
  )
  select count(*) as expired, (select belfry.ring() where exists (select from told))::text from told`;

// The mark goes and it is unread, in the transaction that tells the admin's devices of it. What was raised meanwhile is back
// already: its receipt is of a place where it no longer is, and nothing is told. The relay gives it a place on top, as it gives all positions.
const WAKE = `
  with due as (
    select user_id, position from belfry.receipts
     where snoozed_until <= now()
     order by snoozed_until limit $1
       for update skip locked
  ), woken as (
    update belfry.receipts r set snoozed_until = null, read = false, read_at = null
      from due where r.user_id = due.user_id and r.position = due.position and r.snoozed_until <= now()
    returning r.user_id, r.position
  ), told as (
    insert into belfry.changes (operation, key, receipt)
    select 'own', n.id::text, jsonb_build_object('user', woken.user_id, 'surfaces', true)
      from woken join belfry.notifications n using (position) order by n.id
    returning id
  )
  select (select count(*) from woken) as expired, (select belfry.ring() where exists (select from told))::text`;

// It is due once: the mark goes in the transaction that tells the relay, which widens its audience where nobody has taken it on
// or resolved it in between.
const ESCALATE = `
  with due as (
    select id from belfry.notifications
     where escalate_at <= now() and resolved_at is null and claimed_by is null and (expires_at > now()) is not false
     order by escalate_at limit $1
       for update skip locked
  ), marked as (
    update belfry.notifications n set escalate_at = null
      from due where n.id = due.id and n.escalate_at <= now()
    returning n.id
  ), told as (
    insert into belfry.changes (operation, key) select 'escalated', id from marked order by id
    returning id
  )
  select count(*) as expired, (select belfry.ring() where exists (select from told))::text from told`;

/**
 * Resolves what has expired, wakes what was snoozed until now, and escalates what nobody has taken on in time. What expires leaves every badge,
 * and stays in the history. Counts go by these marks and not by the clock, so that what is kept in memory and what SQL counts change at the same entry. Every process looks.
 */
@Injectable()
export class Expiry implements OnModuleDestroy {
  private readonly logger = new Logger(Expiry.name);
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private failing = false;
  private stopping = false;

  constructor(
    private readonly connections: Connections,
    private readonly schema: SchemaWatch,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => {
      this.looking ??= this.look().finally(() => {
        this.looking = undefined;
      });
    }, LOOK_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.looking;
  }

  private async look(): Promise<void> {
    if (this.schema.isAhead) return;
    try {
      while (!this.stopping && (await this.settle('expire', EXPIRE)) === BATCH);
      while (!this.stopping && (await this.settle('wake', WAKE)) === BATCH);
      while (!this.stopping && (await this.settle('escalate', ESCALATE)) === BATCH);
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.logger.warn(`what is due by the clock can't be settled, trying again: ${(error as Error).message}`);
      this.failing = true;
    }
  }

  private async settle(name: string, text: string): Promise<number> {
    const { rows } = await this.connections.direct.query<{ expired: string }>({ name, text, values: [BATCH] });
    return Number(rows[0]?.expired);
  }
}
