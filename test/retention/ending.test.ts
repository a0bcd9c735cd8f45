import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Purge } from '../../src/retention/purge.service.js';
import { TestApp } from '../support/app.js';
import { until } from '../support/until.js';

/** Purged every second. */
const KEPT = { BELFRY_KEEP_JOURNAL: '1d', BELFRY_KEEP_NOTIFICATIONS: '2d', BELFRY_KEEP_FAILED: '10s' };

describe('a process that ends in the middle of a purge', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('waits for no statement of it, and complains of nothing', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn');
    const app = await TestApp.start({ env: KEPT });
    await app.business.query(`insert into things (name) values ('a')`);
    await until('it is told', async () => (await app.business.query('select from belfry.notifications')).rowCount === 1);
    await app.business.query(`
      create function public.slow() returns trigger language plpgsql as $$ begin perform pg_sleep(8); return old; end $$;
      create trigger slow before delete on belfry.notifications for each row execute function public.slow();
      update belfry.notifications set delivered_at = now() - interval '3 days'`);
    await until('a purge is at it', async () => {
      const { rowCount } = await app.business.query(`
        select from pg_stat_activity where datname = current_database() and application_name = 'belfry purge' and wait_event = 'PgSleep'`);
      return rowCount === 1;
    });
    const ended = app.running.app.get(Purge).onModuleDestroy().then(() => 'ended');
    expect(await Promise.race([ended, sleep(5_000, 'still at it', { ref: false })])).toBe('ended');
    expect(warned).not.toHaveBeenCalled();
    expect((await app.business.query('select from belfry.notifications')).rowCount).toBe(1);
    await app.close();
  });
});
