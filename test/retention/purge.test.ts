import { afterEach, describe, expect, it } from '@jest/globals';
import { Purge } from '../../src/retention/purge.service.js';
import { TestApp, type TestAppOptions } from '../support/app.js';
import { until } from '../support/until.js';

interface Item {
  id: string;
}
const STAFF = ['staff'];
/** Nothing is due by itself: a test moves rows into the past, or says how many are kept. */
const KEPT_LONG = { BELFRY_KEEP_JOURNAL: '1d,1000', BELFRY_KEEP_NOTIFICATIONS: '2d,1000', BELFRY_KEEP_FAILED: '1d,1000' };

describe('purging', () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });

  const start = async (env: Record<string, string> = {}, more: TestAppOptions = {}): Promise<TestApp> => {
    const app = await TestApp.start({ env: { ...KEPT_LONG, ...env }, limits: { recountSpreadMs: 1 }, ...more });
    open.push(app);
    return app;
  };
  const read = async (app: TestApp, user: string, lastEventId?: string): ReturnType<TestApp['read']> => {
    const reader = await app.read(user, STAFF, { lastEventId });
    open.push(reader);
    await reader.frame('ready');
    return reader;
  };
  const purge = async (app: TestApp): Promise<void> => {
    await until('it is our turn to purge', () => app.running.app.get(Purge).purge());
  };
  /** Things made, and told of; positions are 1 to `count`. */
  const make = async (app: TestApp, count: number): Promise<void> => {
    await app.business.query(`insert into things (name) select 'thing ' || n from generate_series(1, $1::int) n`, [count]);
    await until('they are told', async () => (await left(app)).head >= count);
  };
  const age = async (app: TestApp, table: string, column: string, key: string, upTo: number, by: string): Promise<void> => {
    await app.business.query(`update belfry.${table} set ${column} = now() - $2::interval where ${key} <= $1`, [upTo, by]);
  };
  const left = async (app: TestApp): Promise<Record<'head' | 'journal' | 'notifications' | 'audience' | 'receipts' | 'kept', number>> => {
    const { rows } = await app.business.query(`
      select (select position from belfry.relay_state)::int as head, (select count(*) from belfry.journal)::int as journal,
             (select count(*) from belfry.notifications)::int as notifications, (select count(*) from belfry.audience)::int as audience,
             (select count(*) from belfry.receipts)::int as receipts, (select notifications_kept from belfry.retention)::int as kept`);
    return rows[0] as never;
  };
  const cursorAt = (id: string | undefined, position: number): string => `${id?.split('-')[0] ?? ''}-${position}`;
  const ids = async (app: TestApp, user: string, query = ''): Promise<string[]> => {
    const { status, body } = await app.call(user, STAFF, 'GET', `/notifications${query}`);
    expect(status).toBe(200);
    return (body as { data: Item[] }).data.map(({ id }) => id);
  };
  const unread = async (app: TestApp, user: string): Promise<number> => {
    const { body } = await app.call(user, STAFF, 'GET', '/notifications/counts');
    return (body as { unread: { count: number } }).unread.count;
  };

  describe('the journal', () => {
    it.each([
      ['too old', {}, 4],
      ['too many', { BELFRY_KEEP_JOURNAL: '6' }, 0],
    ])('where it is %s: a cursor below the floor gets reset, at it and above it gets all', async (_, env, aged) => {
      const app = await start(env);
      await make(app, 10);
      const { lastEventId } = await read(app, 'ann');
      if (aged > 0) await age(app, 'journal', 'written_at', 'position', aged, '1 day 1 minute');
      await purge(app);
      expect(await left(app)).toMatchObject({ journal: 6, notifications: 10, audience: 10 });

      // A process that has never read what is gone, and one that still holds it in memory.
      const other = await start(env, { database: app.database });
      for (const [position, resumes] of [[3, false], [4, true], [5, true], [10, true]] as const) {
        const reader = await read(other, 'ann', cursorAt(lastEventId, position));
        expect(reader.dataOf('hello')).toEqual([expect.objectContaining({ resumed: resumes })]);
        expect(reader.dataOf('reset')).toEqual(resumes ? [] : [{ reason: 'purged' }]);
        expect(reader.notifications.map(({ id }) => Number(id))).toEqual(resumes ? range(position + 1, 10) : []);
      }
    });

    it('serves a cursor at the end of one that is gone altogether, and no other', async () => {
      const app = await start();
      await make(app, 5);
      const { lastEventId } = await read(app, 'ann');
      await age(app, 'journal', 'written_at', 'position', 5, '2 days');
      await purge(app);
      expect(await left(app)).toMatchObject({ journal: 0, notifications: 5 });
      const other = await start({}, { database: app.database });
      const atEnd = await read(other, 'ann', cursorAt(lastEventId, 5));
      const below = await read(other, 'ann', cursorAt(lastEventId, 4));
      expect(atEnd.dataOf('reset')).toEqual([]);
      expect(below.dataOf('reset')).toEqual([{ reason: 'purged' }]);
      await app.business.query(`insert into things (name) values ('after')`);
      for (const reader of [atEnd, below]) await until('it goes on', () => reader.notifications.length === 1);
    });

    it('keeps what is beyond one that is not due: a clock that was set back leaves no hole', async () => {
      const app = await start();
      await make(app, 5);
      await app.business.query(`update belfry.journal set written_at = now() - interval '2 days' where position <> 3`);
      await purge(app);
      expect(await left(app)).toMatchObject({ journal: 3 });
    });
  });

  describe('notifications', () => {
    it('take what belongs to them with them, leave every count at once, and are 404', async () => {
      const app = await start();
      const ann = await read(app, 'ann');
      await read(app, 'bob');
      await make(app, 10);
      await ann.frame('counts', ({ unread: { count } }: { unread: { count: number } }) => count === 10);
      await app.call('ann', STAFF, 'PATCH', '/notifications/2/read');
      await app.call('bob', STAFF, 'PATCH', '/notifications/9/read');
      await until('nine and nine', async () => (await unread(app, 'ann')) === 9 && (await unread(app, 'bob')) === 9);
      await age(app, 'notifications', 'delivered_at', 'position', 4, '2 days 1 minute');
      await purge(app);

      expect(await left(app)).toMatchObject({ notifications: 6, audience: 6, receipts: 1, kept: 6 });
      expect(await ids(app, 'ann')).toEqual(['10', '9', '8', '7', '6', '5']);
      expect([await unread(app, 'ann'), await unread(app, 'bob')]).toEqual([6, 5]);
      await ann.frame('counts', ({ unread: { count } }: { unread: { count: number } }) => count === 6);
      const goneToo = await app.call('ann', STAFF, 'GET', '/notifications/4');
      const marked = await app.call('ann', STAFF, 'PATCH', '/notifications/4/unread');
      expect([goneToo.status, marked.status]).toEqual([404, 404]);
      // Marks, pages and watermarks that point below go on as if nothing had been there.
      expect((await app.call('ann', STAFF, 'POST', '/notifications/read', { ids: ['1', '4', '5'] })).status).toBe(200);
      expect(await unread(app, 'ann')).toBe(5);
      expect(await ids(app, 'ann', '?before=4')).toEqual([]);
      expect(await ids(app, 'ann', '?before=6')).toEqual(['5']);
      expect(await ids(app, 'ann', '?after=2&limit=2')).toEqual(['6', '5']);
      await app.call('ann', STAFF, 'POST', '/notifications/read', { upTo: '3' });
      expect(await unread(app, 'ann')).toBe(5);
      // The journal goes no further back than they do.
      const other = await start({}, { database: app.database });
      const below = await read(other, 'ann', cursorAt(ann.lastEventId, 3));
      expect(below.dataOf('reset')).toEqual([{ reason: 'purged' }]);
      expect(await read(other, 'ann', cursorAt(ann.lastEventId, 4))).toMatchObject({ notifications: { length: 6 } });
    });

    it('are gone for every reader from the moment the floor is raised, whether their rows are deleted or not', async () => {
      const app = await start({ BELFRY_KEEP_NOTIFICATIONS: '7' });
      const ann = await read(app, 'ann');
      await make(app, 10);
      await ann.frame('counts', ({ unread: { count } }: { unread: { count: number } }) => count === 10);
      // The purge is stopped behind the floor, as by a crash: somebody holds the rows.
      const holder = await app.business.query('begin').then(() => app.business.query('select from belfry.journal where position <= 3 for update'));
      expect(holder.rowCount).toBe(3);
      await expect(until('it is our turn', () => app.running.app.get(Purge).purge())).rejects.toThrow(/lock timeout/);
      await app.business.query('rollback');
      expect(await left(app)).toMatchObject({ journal: 11, notifications: 10, audience: 10, kept: 7 });

      await ann.frame('counts', ({ unread: { count } }: { unread: { count: number } }) => count === 7);
      expect(await unread(app, 'ann')).toBe(7);
      expect(await ids(app, 'ann')).toHaveLength(7);
      expect((await app.call('ann', STAFF, 'GET', '/notifications/3')).status).toBe(404);
      const other = await start({ BELFRY_KEEP_NOTIFICATIONS: '7' }, { database: app.database });
      expect((await read(other, 'ann', cursorAt(ann.lastEventId, 2))).dataOf('reset')).toEqual([{ reason: 'purged' }]);

      await purge(app);
      expect(await left(app)).toMatchObject({ journal: 8, notifications: 7, audience: 7, kept: 7 });
      expect(await unread(app, 'ann')).toBe(7);
    });

    it('that nobody had unread change no count, and make no frame', async () => {
      const app = await start({ BELFRY_KEEP_NOTIFICATIONS: '5' });
      await make(app, 5);
      const ann = await read(app, 'ann');
      await app.call('ann', STAFF, 'POST', '/notifications/read', { upTo: '5' });
      await ann.frame('counts', ({ unread: { count } }: { unread: { count: number } }) => count === 0);
      await make(app, 10);
      await ann.frame('counts', ({ unread: { count } }: { unread: { count: number } }) => count === 10);
      const frames = ann.frames.length;
      await age(app, 'notifications', 'delivered_at', 'position', 5, '2 days 1 minute');
      const { head } = await left(app);
      await app.business.query(`update belfry.retention set notifications_kept = notifications_kept`);
      await purge(app);
      await until('the purge is told', async () => (await left(app)).head > head);
      await app.business.query(`insert into things (name) values ('last')`);
      await until('what comes after is told', () => ann.notifications.at(-1)?.title === 'last');
      expect(ann.frames.slice(frames).filter(({ event }) => event === 'counts').length).toBeLessThanOrEqual(2);
    });
  });

  it('lets go of failed changes and of versions of rules that nothing refers to', async () => {
    const app = await start({ BELFRY_KEEP_FAILED: '1d,3' });
    await app.business.query(`
      insert into belfry.failed_changes (id, operation, transaction, captured_at, db_role, application, reason, rule, failed_at)
      select n, 'insert', pg_current_xact_id(), now(), 'x', 'x', 'x', case n when 10 then -7 end, now() - interval '1 hour' * (10 - n)
        from generate_series(1, 10) n;
      update belfry.failed_changes set failed_at = now() - interval '2 days' where id = 9;
      insert into belfry.rules (id, topic, definition, fingerprint, retired_at) overriding system value values
        (-1, 'gone', '{}', '', now() - interval '3 days'), (-2, 'new', '{}', '', now() - interval '1 day'),
        (-7, 'failed', '{}', '', now() - interval '3 days')`);
    await purge(app);
    const { rows: failed } = await app.business.query<{ id: string }>('select id from belfry.failed_changes order by id');
    expect(failed.map(({ id }) => id)).toEqual(['7', '8', '10']);
    const { rows: rules } = await app.business.query<{ id: number }>('select id from belfry.rules where id < 0 order by id');
    expect(rules.map(({ id }) => id)).toEqual([-7, -2]);
  });

  it('is done by one process at a time, and tells Prometheus', async () => {
    const app = await start({ BELFRY_KEEP_JOURNAL: '4' });
    await make(app, 10);
    await purge(app);
    await app.business.query('select pg_advisory_lock(1650814054, 3)');
    expect(await app.running.app.get(Purge).purge()).toBe(false);
    const metrics = await fetch(`${app.url}/metrics`).then((response) => response.text());
    expect(metrics).toContain('belfry_kept{what="journal"} 4');
    expect(metrics).toContain('belfry_kept{what="notifications"} 10');
    expect(metrics).toMatch(/belfry_purged_total\{what="journal"\} 6/);
    expect(metrics).toMatch(/belfry_last_purge_timestamp_seconds \d{10}/);
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
