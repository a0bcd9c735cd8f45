import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { TestApp } from '../support/app.js';
import type { Reader } from '../support/reader.js';
import { until } from '../support/until.js';

const RULES = `
rules:
  - topic: alarm.raised
    table: public.alarms
    on: [insert, update]
    key: "{{ row.id }}"
    audience: [role:ops]
    title: "Alarm {{ row.id }}: {{ row.level }}"
`;
interface Item {
  id: string;
  position: string;
  readAt: string | null;
  seenAt: string | null;
  archivedAt: string | null;
  snoozedUntil: string | null;
  surfaced: string | null;
  claimedBy: string | null;
  claimedAt: string | null;
  resolvedBy: string | null;
  changed: unknown[];
  source: { key: string };
}
interface Answer {
  status: number;
  body: Item & { claimedBy?: string; data: Item[]; unread: { count: number }; unseen: { count: number }; errors: { detail: string }[] };
}

describe('what an admin does with a notification', () => {
  let app: TestApp;
  const readers: Reader[] = [];
  let last = 0;
  const call = (user: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    app.call(user, ['ops'], method, `/notifications${path}`, body);
  const listed = async (user: string, query = ''): Promise<string[]> => (await call(user, 'GET', `?limit=100&${query}`)).body.data.map(({ id }) => id);
  const unreadOf = async (user: string): Promise<number> => (await call(user, 'GET', '/counts')).body.unread.count;
  const follow = async (user: string): Promise<Reader> => {
    const reader = await app.read(user, ['ops']);
    readers.push(reader);
    await reader.frame('ready');
    return reader;
  };
  const toldUnread = (reader: Reader): number => (reader.dataOf('counts').at(-1) as { unread: { count: number } } | undefined)?.unread.count ?? -1;
  const items = (reader: Reader): Item[] => reader.notifications as unknown as Item[];
  const changesWritten = async (): Promise<string | undefined> =>
    (await app.business.query<{ last: string }>(`select coalesce(pg_sequence_last_value(pg_get_serial_sequence('belfry.other_changes', 'id')), 0)::text as last`)).rows[0]?.last;
  /** Raises an alarm, and waits until this reader was told. */
  const alarm = async (reader: Reader): Promise<string> => {
    const key = String(++last);
    await app.business.query('insert into alarms (id, level) values ($1, $2)', [key, 'high']);
    return (await until('it is told', () => items(reader).find(({ source }) => source.key === key))).id;
  };
  const again = (level: string): Promise<unknown> => app.business.query('update alarms set level = $2 where id = $1', [last, level]);

  beforeAll(async () => {
    app = await TestApp.start({
      rules: RULES,
      prepare: async (client) => {
        await client.query('create table public.alarms (id bigint primary key, level text)');
      },
    });
  });
  afterAll(async () => {
    for (const reader of readers) reader.close();
    await app.close();
  });

  it('archives for oneself until it is raised again, and takes back as it was, on every device', async () => {
    const [one, two] = [await follow('ann'), await follow('ann')];
    const id = await alarm(one);
    expect(await unreadOf('ann')).toBe(1);
    const { body } = await call('ann', 'PATCH', `/${id}/archive`);
    expect(body.archivedAt).not.toBeNull();
    const written = await changesWritten();
    expect((await call('ann', 'PATCH', `/${id}/archive`)).body.archivedAt).toBe(body.archivedAt);
    expect(await changesWritten()).toBe(written);
    await until('both devices are told', () => [one, two].every((reader) => JSON.stringify(reader.dataOf('receipts')).includes('"archived":true')));
    await until('and count none', () => [one, two].every((reader) => toldUnread(reader) === 0));
    expect([await listed('ann'), await listed('ann', 'archived=true'), await listed('bob')]).toEqual([[], [id], [id]]);
    const held = items(two).length;
    await call('ann', 'POST', '/unarchive', { ids: [id] });
    await until('it is back', () => items(two).length > held);
    expect(items(two).at(-1)).toMatchObject({ id, archivedAt: null, readAt: null });
    await until('and counts', () => toldUnread(two) === 1);
    await call('ann', 'PATCH', `/${id}/read`);
    await call('ann', 'POST', '/archive', { upTo: id });
    expect(await listed('ann', 'archived=true')).toEqual([id]);
    await again('low');
    await until('it is raised', () => items(two).at(-1)?.position !== id && toldUnread(two) === 1);
    expect(items(two).at(-1)?.changed).toEqual([{ column: 'level', from: 'high', to: 'low' }]);
    expect(await listed('ann', 'status=unread')).toEqual([id]);
  });

  it('sends what comes back to its admin alone', async () => {
    const [mine, other] = [await follow('cleo'), await follow('dana')];
    const id = await alarm(mine);
    await until('both have it', () => items(other).some((item) => item.id === id));
    const held = items(other).length;
    await call('cleo', 'POST', '/seen', { upTo: id });
    await call('cleo', 'PATCH', `/${id}/archive`);
    const { body: back } = await call('cleo', 'PATCH', `/${id}/unarchive`);
    const next = await alarm(mine);
    await until('the next is told', () => items(other).some((item) => item.id === next));
    expect(items(other).slice(held).map((item) => item.id)).toEqual([next]);
    const given = items(mine).filter((item) => item.id === id);
    expect(given).toHaveLength(2);
    expect(given[1]).toMatchObject({ ...back, readAt: null, seenAt: expect.any(String) });
  });

  it('has a mark of all taken back whole: what it made read, and what had been marked as unread before', async () => {
    const reader = await follow('uma');
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) ids.push(await alarm(reader));
    const [early = '', again = '', read = '', ...rest] = ids;
    await call('uma', 'POST', '/read', { upTo: again });
    await call('uma', 'PATCH', `/${again}/unread`);
    await call('uma', 'PATCH', `/${read}/read`);
    const unread = await listed('uma', 'status=unread');
    expect(unread).toEqual([...rest].reverse().concat(again));
    const { body: marked } = await call('uma', 'POST', '/read', { upTo: '9223372036854775807' });
    expect(marked).toMatchObject({ unread: { count: 0 }, undo: { after: again, ids: [again] } });
    await call('vic', 'PATCH', `/${rest[1]}/claim`);
    const undo = (marked as unknown as { undo: object }).undo;
    expect(await call('uma', 'POST', '/unread', undo)).toMatchObject({ status: 200, body: { unread: { count: 3 } } });
    expect(await listed('uma', 'status=unread')).toEqual(unread.filter((id) => id !== rest[1]));
    await call('vic', 'PATCH', `/${rest[1]}/release`);
    expect(await listed('uma', 'status=unread')).toEqual(unread);
    expect((await listed('uma', 'status=read')).slice(0, 2)).toEqual([read, early]);
    await until('devices are told of each', () => {
      const told = (reader.dataOf('receipts') as { ids?: string[]; read?: boolean }[][]).flat().filter((receipt) => receipt.read === false);
      return toldUnread(reader) === 4 && unread.every((id) => told.some((receipt) => receipt.ids?.includes(id)));
    });
    const written = await changesWritten();
    expect((await call('uma', 'POST', '/unread', undo)).status).toBe(200);
    expect(await changesWritten()).toBe(written);
    // Marked on since: to lower the watermark would make unread what nobody asked for.
    await call('uma', 'POST', '/read', { upTo: rest[0] });
    expect(await call('uma', 'POST', '/unread', undo)).toMatchObject({ status: 409, body: { type: 'urn:belfry:problem:overtaken' } });
    expect(await listed('uma', 'status=unread')).toEqual([rest[2], rest[1]]);
    expect((await call('uma', 'POST', '/read', { upTo: rest[0] })).body).toMatchObject({ undo: null });
  });

  it.each([
    [{}, 'expected ids, or upTo and after'],
    [{ ids: [] }, 'expected ids, or upTo and after'],
    [{ upTo: '5' }, 'upTo goes with after: give both, as `undo` has them'],
    [{ upTo: '5', after: '6' }, 'expected after to be no greater than upTo'],
  ])('refuses to mark %j as unread', async (body, detail) => {
    const answer = await call('uma', 'POST', '/unread', body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ detail }] } });
  });

  it('is claimed by one: every colleague sees it at once, and counts it no more', async () => {
    // All read before: what is released is then older than anything that was counted.
    for (const user of ['dana2', 'bob2']) await call(user, 'POST', '/read', { upTo: '9223372036854775807' });
    const [dana, bob] = [await follow('dana2'), await follow('bob2')];
    const id = await alarm(dana);
    await until('bob has it', () => items(bob).some((item) => item.id === id));
    const before = await unreadOf('bob2');
    await until('both count it', () => [dana, bob].every((reader) => toldUnread(reader) === before));
    expect(await call('dana2', 'PATCH', `/${id}/claim`)).toMatchObject({ status: 200, body: { claimedBy: 'dana2' } });
    await until('bob is told', () => items(bob).some((item) => item.id === id && item.claimedBy === 'dana2' && item.claimedAt !== null));
    await until('bob counts one less', () => toldUnread(bob) === before - 1);
    await call('dana2', 'PATCH', `/${id}/release`);
    await until('bob counts one more', () => toldUnread(bob) === before);
    await call('dana2', 'PATCH', `/${id}/claim`);
    await until('and one less', () => toldUnread(bob) === before - 1);
    expect([await unreadOf('bob2'), await unreadOf('dana2')]).toEqual([before - 1, before]);
    expect([await listed('bob2', 'status=unread'), await listed('bob2', 'status=read'), await listed('bob2')].map((ids) => ids.includes(id))).toEqual([false, true, true]);
    expect(await call('bob2', 'PATCH', `/${id}/claim`)).toMatchObject({ status: 409, body: { claimedBy: 'dana2' } });
    expect(await call('bob2', 'PATCH', `/${id}/release`)).toMatchObject({ status: 409, body: { claimedBy: 'dana2' } });
    await again('raised while claimed');
    await until('both have it raised', () => [dana, bob].every((reader) => items(reader).at(-1)?.changed.length === 1));
    expect([await unreadOf('bob2'), await unreadOf('dana2')]).toEqual([before - 1, before]);
    await call('dana2', 'PATCH', `/${id}/release`);
    await until('bob counts it again', () => toldUnread(bob) === before);
    expect(await call('bob2', 'PATCH', `/${id}/resolve`)).toMatchObject({ status: 200, body: { resolvedBy: 'user:bob2' } });
    await until('nobody counts it', () => [dana, bob].every((reader) => toldUnread(reader) === before - 1));
    expect((await call('dana2', 'PATCH', `/${id}/claim`)).status).toBe(409);
    const held = items(dana).length;
    await again('after it was resolved');
    await until('its key begins another', () => items(dana).length > held);
    expect(items(dana).at(-1)?.id).not.toBe(id);
  });

  it('is claimed by one of many who come at one time, and each other is told who', async () => {
    const reader = await follow('eve');
    for (let round = 0; round < 10; round++) {
      const id = await alarm(reader);
      const users = ['u1', 'u2', 'u3', 'u4', 'u5'];
      const answers = await Promise.all(users.map((user) => call(user, 'PATCH', `/${id}/claim`)));
      const winners = users.filter((_, nth) => answers[nth]?.status === 200);
      expect(winners).toHaveLength(1);
      expect(answers.filter(({ status, body }) => status === 409 && body.claimedBy === winners[0])).toHaveLength(users.length - 1);
    }
  });

  it('sleeps until its time, and is then back unread on every device', async () => {
    const [one, two] = [await follow('finn'), await follow('finn')];
    const id = await alarm(one);
    await call('finn', 'PATCH', `/${id}/read`);
    const due = new Date(Date.now() + 1_500).toISOString();
    expect((await call('finn', 'PATCH', `/${id}/snooze`, { until: due })).body.snoozedUntil).toBe(due);
    expect([(await listed('finn')).includes(id), await listed('finn', 'snoozed=true')]).toEqual([false, [id]]);
    const held = items(two).length;
    await until('it is back on both', () => items(two).length > held && items(one).at(-1)?.snoozedUntil === null);
    expect(items(two).at(-1)).toMatchObject({ id, readAt: null, snoozedUntil: null });
    expect(await listed('finn', 'status=unread')).toContain(id);
    await until('and counts', async () => toldUnread(two) === (await unreadOf('finn')));
    const far = new Date(Date.now() + 86_400_000).toISOString();
    await call('finn', 'PATCH', `/${id}/snooze`, { until: far });
    expect((await call('finn', 'PATCH', `/${id}/unsnooze`)).body).toMatchObject({ snoozedUntil: null, readAt: null });
    await call('finn', 'PATCH', `/${id}/snooze`, { until: far });
    await again('raised while asleep');
    await until('the raise brings it back', async () => (await listed('finn', 'status=unread'))[0] === id);
    expect(await listed('finn', 'snoozed=true')).toEqual([]);
  });

  it('is back on top when its snooze is due, for its admin alone, until it is raised again', async () => {
    const reader = await follow('hal');
    const [id, next] = [await alarm(reader), await alarm(reader)];
    const placed = async (user: string, query: string): Promise<string[]> => (await listed(user, query)).filter((one) => one === id || one === next);
    const counted = async (): Promise<number[]> => {
      const { unread, unseen } = (await call('hal', 'GET', '/counts')).body;
      return [unread.count, unseen.count];
    };
    await call('hal', 'POST', '/read', { upTo: next });
    await call('hal', 'PATCH', `/${id}/snooze`, { until: new Date(Date.now() + 86_400_000).toISOString() });
    await app.business.query(`update belfry.receipts set snoozed_until = now() where user_id = 'hal'`);
    const surfaced = (await until('it is back', () => items(reader).find((item) => item.surfaced !== null)?.surfaced)) ?? '';
    expect(items(reader).at(-1)).toMatchObject({ id, position: id, readAt: null, seenAt: null });
    expect(reader.lastEventId?.split('-')[1]).toBe(surfaced);
    expect((await call('hal', 'GET', `/${id}`)).body).toMatchObject({ position: id, surfaced });
    expect([await placed('hal', ''), await placed('ivy', '')]).toEqual([[id, next], [next, id]]);
    expect([await listed('hal', 'status=unread'), await listed('hal', `after=${next}`), await listed('hal', 'q=alarm&topic=alarm.raised&status=unread')]).toEqual([[id], [id], [id]]);
    expect((await call('hal', 'GET', `?limit=1&before=${surfaced}`)).body.data[0]?.id).toBe(next);

    // Up to what lies below it is not up to it.
    for (const verb of ['read', 'seen', 'archive']) await call('hal', 'POST', `/${verb}`, { upTo: next });
    expect([await counted(), await listed('hal')]).toEqual([[1, 1], [id]]);
    await call('hal', 'POST', '/unarchive', { upTo: next });
    await call('hal', 'POST', '/seen', { upTo: surfaced });
    expect(await counted()).toEqual([1, 0]);
    await until('and that is told', () => toldUnread(reader) === 1);
    await call('hal', 'PATCH', `/${id}/archive`);
    expect([await placed('hal', ''), await listed('hal', 'archived=true')]).toEqual([[next], [id]]);
    await call('hal', 'POST', '/unarchive', { upTo: next });
    expect(await listed('hal', 'archived=true')).toEqual([id]);
    await call('hal', 'POST', '/unarchive', { upTo: surfaced });
    expect(await placed('hal', '')).toEqual([id, next]);
    await call('hal', 'POST', '/read', { upTo: surfaced });
    expect([await counted(), await placed('hal', 'status=read')]).toEqual([[0, 0], [id, next]]);
    await call('ivy', 'PATCH', `/${id}/claim`);
    expect(await placed('hal', '')).toEqual([id, next]);
    await call('ivy', 'PATCH', `/${id}/release`);

    await app.business.query('update alarms set level = $2 where id = $1', [last - 1, 'again']);
    const raised = await until('it is raised', () => items(reader).find((item) => item.id === id && item.position !== id));
    expect((await call('hal', 'GET', `/${id}`)).body).toMatchObject({ position: raised.position, surfaced: null, readAt: null });

    // Unseen where it came back to, though its position was seen: raised once more it is one unseen, and not two.
    await call('hal', 'POST', '/seen', { upTo: raised.position });
    await call('hal', 'PATCH', `/${id}/snooze`, { until: new Date(Date.now() + 86_400_000).toISOString() });
    await app.business.query(`update belfry.receipts set snoozed_until = now() where user_id = 'hal' and snoozed_until is not null`);
    await until('it is back again', () => items(reader).at(-1)?.surfaced);
    await until('and counts', () => JSON.stringify(reader.dataOf('counts').at(-1)) === JSON.stringify({ unread: { count: 1, capped: false }, unseen: { count: 1, capped: false } }));
    await app.business.query('update alarms set level = $2 where id = $1', [last - 1, 'once more']);
    await until('it is raised', () => items(reader).at(-1)?.surfaced === null);
    expect((await follow('hal')).dataOf('ready')).toMatchObject([{ unread: { count: 1 }, unseen: { count: 1 } }]);
  });

  it('comes back where it stood where its receipt is held by a mark: nobody waits for that', async () => {
    const reader = await follow('jon');
    const id = await alarm(reader);
    await call('jon', 'PATCH', `/${id}/read`);
    const held = items(reader).length;
    await app.business.query('begin');
    await app.business.query(`select from belfry.receipts where user_id = 'jon' for update`);
    const other = new pg.Client({ connectionString: app.database.url });
    await other.connect();
    await other.query(`insert into belfry.changes (operation, key, receipt) values ('own', $1, '{"user":"jon","surfaces":true}')`, [id]);
    await until('it is told', () => items(reader).length > held);
    expect(items(reader).at(-1)).toMatchObject({ id, surfaced: null });
    await app.business.query('rollback');
    await other.end();
  });

  it('refuses a time that is no time to come, and what is not the caller\'s to see', async () => {
    const id = await alarm(await follow('gus'));
    const years = new Date(Date.now() + 10 * 366 * 86_400_000).toISOString();
    for (const bad of ['2020-01-01T00:00:00Z', '2126-01-01T00:00:00', 'tomorrow', years, 5, null]) {
      const { status, body } = await call('gus', 'PATCH', `/${id}/snooze`, { until: bad });
      expect({ bad, status, says: body.errors[0]?.detail }).toMatchObject({ bad, status: 400, says: expect.stringContaining('expected') });
    }
    const body = { until: new Date(Date.now() + 60_000).toISOString() };
    for (const verb of ['archive', 'unarchive', 'snooze', 'unsnooze', 'claim', 'release', 'resolve']) {
      const { status } = await app.call('gus', ['sales'], 'PATCH', `/notifications/${id}/${verb}`, verb === 'snooze' ? body : undefined);
      expect({ verb, status }).toEqual({ verb, status: 404 });
    }
    expect(await call('gus', 'GET', `/${id}`)).toMatchObject({ body: { claimedBy: null, resolvedBy: null, archivedAt: null } });
  });
});
