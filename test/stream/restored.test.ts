import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';
import { until } from '../support/until.js';

const epochOf = (id: string | undefined): string | undefined => id?.split('-')[0];

describe('a journal that went back', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(async () => {
    await app.close();
  });

  it('is another one: every stream is told, and no cursor of before is served in silence', async () => {
    const reader = await app.read('ann', ['staff']);
    await reader.frame('ready');
    await app.business.query(`insert into things (name) select 'row ' || n from generate_series(1, 5) n`);
    await until('five arrive', () => reader.notifications.length === 5);
    const old = reader.lastEventId;

    // What a restored snapshot leaves: the tables as they were, and every connection gone.
    await app.business.query(`
      begin;
      delete from belfry.journal where position > 3;
      delete from belfry.audience where position > 3;
      delete from belfry.notifications where id > 3;
      update belfry.relay_state set position = 3;
      commit;
      select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'belfry %' and datname = current_database()`);
    const reset = await reader.frame('reset');
    expect(reset).toMatchObject({ data: { reason: 'foreign' }, id: expect.stringMatching(/-3$/) });
    expect(epochOf(reset.id)).not.toBe(epochOf(old));

    // Positions are given again; whoever holds one of before must not take it for theirs.
    await app.business.query(`insert into things (name) values ('anew 1'), ('anew 2'), ('anew 3')`);
    await until('the new ones arrive', () => reader.notifications.length === 8);
    expect(reader.notifications.slice(5).map(({ title }) => title)).toEqual(['anew 1', 'anew 2', 'anew 3']);
    const again = await app.read('ann', ['staff'], { lastEventId: old });
    await again.frame('ready');
    expect(again.dataOf('reset')).toEqual([{ reason: 'foreign' }]);
    again.close();
    reader.close();
  });

  it('may lack an inbox, which begins anew with the next request', async () => {
    const ask = async (): Promise<number> => (await app.call('eve', ['staff'], 'POST', '/notifications/read', { upTo: '1' })).status;
    expect(await ask()).toBe(200);
    await app.business.query(`
      delete from belfry.inboxes where user_id = 'eve';
      select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'belfry %' and datname = current_database()`);
    let status = 0;
    await until('the database answers', async () => {
      status = await ask();
      return status !== 503;
    });
    expect(status).toBe(200);
  });
});
