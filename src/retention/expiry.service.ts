import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Connections } from '../database/connections.js';
import { SchemaWatch } from '../database/schema-watch.service.js';

/** How often it is looked, in milliseconds: how late a badge may be. */
const LOOK_MS = 1_000;
/** Notifications resolved in one transaction. */
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

/**
 * Resolves what has expired: it leaves every badge, and stays in the history. Counts go by that mark and not by the clock,
 * so that what is kept in memory and what SQL counts change at the same entry. Every process looks.
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
      while (!this.stopping && (await this.expire()) === BATCH);
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.logger.warn(`what has expired can't be resolved, trying again: ${(error as Error).message}`);
      this.failing = true;
    }
  }

  private async expire(): Promise<number> {
    const { rows } = await this.connections.direct.query<{ expired: string }>({ name: 'expire', text: EXPIRE, values: [BATCH] });
    return Number(rows[0]?.expired);
  }
}
