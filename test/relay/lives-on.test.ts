import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';
import type { Reader } from '../support/reader.js';
import { until } from '../support/until.js';

const RULES = `
rules:
  - topic: ticket.opened
    table: public.tickets
    on: insert
    audience: [role:support]
    title: "{{ row.subject }}"
    resolve: { when: "new.status = 'closed'" }
  - topic: ticket.owner
    table: public.tickets
    on: [insert, update]
    columns: [owner]
    audience: ["user:{{ row.owner }}"]
    title: "{{ row.subject }} is yours"
    key: "ticket:{{ row.id }}"
    resolve: { on: delete }
  - topic: import.progress
    table: public.imports
    on: [insert, update]
    audience: [role:ops]
    title: "{{ row.name }}: {{ row.percent }} %"
    severity: "{% if count > 100 %}warning{% else %}info{% endif %}"
    key: "import:{{ row.name }}"
  - topic: comment.created
    table: public.comments
    on: insert
    audience: ["role:{{ row.shop }}"]
    title: "{% if count > 1 %}{{ count }} comments{% else %}{{ row.text }}{% endif %}"
    digest: 1h
    expire: 2d
`;

interface Item {
  id: string;
  position: string;
  topic: string;
  title: string;
  body: string | null;
  severity: string;
  occurrences: number;
  source: { key: string } | null;
  readAt: string | null;
  expiresAt: string | null;
  resolvedAt: string | null;
  resolvedBy: string | null;
}
interface Counts {
  unread: { count: number };
  unseen: { count: number };
}

let app: TestApp;
const readers: Reader[] = [];
const read = async (user: string, roles: string[], lastEventId?: string): Promise<Reader> => {
  const reader = await app.read(user, roles, { lastEventId });
  readers.push(reader);
  await reader.frame('ready');
  return reader;
};
const given = (reader: Reader): Item[] => reader.notifications as unknown as Item[];
const list = async (user: string, roles: string[], query = ''): Promise<Item[]> =>
  ((await app.call(user, roles, 'GET', `/notifications${query}`)).body as { data: Item[] }).data;
const counts = async (user: string, roles: string[]): Promise<[number, number]> => {
  const { unread, unseen } = (await app.call(user, roles, 'GET', '/notifications/counts')).body as Counts;
  return [unread.count, unseen.count];
};
const told = (reader: Reader): [number, number] => {
  const { unread, unseen } = [...reader.dataOf('ready'), ...reader.dataOf('counts')].at(-1) as Counts;
  return [unread.count, unseen.count];
};
const sql = (text: string, values: unknown[] = []): Promise<unknown> => app.business.query(text, values);
const value = async <T>(text: string, values: unknown[] = []): Promise<T> =>
  Object.values((await app.business.query<Record<string, T>>(text, values)).rows[0] ?? {})[0] as T;
const item = (reader: Reader, title: string): Promise<Item> => until(title, () => given(reader).findLast((one) => one.title === title));

beforeAll(async () => {
  app = await TestApp.start({
    rules: RULES,
    prepare: async (client) => {
      await client.query(`
        create table public.tickets (id int primary key, subject text, status text default 'open', owner text);
        create table public.imports (id bigserial primary key, name text, percent int);
        create table public.comments (id bigserial primary key, shop text, text text)`);
    },
  });
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});
afterAll(() => app.close());

describe('resolve', () => {
  it('takes a notification from every badge when its row needs nobody any more, and leaves it in the history', async () => {
    const [ann, bob] = [await read('ann', ['support']), await read('bob', ['support'])];
    await sql(`insert into tickets values (1, 'Lost parcel')`);
    const opened = await item(ann, 'Lost parcel');
    await until('it is counted', () => told(ann)[0] === 1 && told(bob)[0] === 1);
    await sql(`set belfry.actor = 'sue'`);
    await sql(`update tickets set status = 'closed' where id = 1`);
    await sql('reset belfry.actor');
    for (const reader of [ann, bob]) {
      const resolved = await until('it is told', () => given(reader).find(({ resolvedAt }) => resolvedAt !== null));
      expect(resolved).toMatchObject({ id: opened.id, position: opened.position, title: 'Lost parcel', resolvedBy: 'sue' });
      await until('it is counted no more', () => told(reader)[0] === 0 && told(reader)[1] === 0);
    }
    expect(await counts('ann', ['support'])).toEqual([0, 0]);
    expect(await list('ann', ['support'], '?status=unread')).toEqual([]);
    expect(await list('ann', ['support'])).toMatchObject([{ id: opened.id, resolvedBy: 'sue' }]);
    expect(await value('select count(*) from belfry.journal where notification = $1', [opened.id])).toBe('2');
    // Reopened and closed again: nothing is left that could be resolved, and nothing is told.
    const before = await value<string>('select position from belfry.relay_state');
    await sql(`update tickets set status = 'open' where id = 1`);
    await sql(`update tickets set status = 'closed' where id = 1`);
    await until('it is relayed', async () => (await value<string>('select count(*) from belfry.changes')) === '0');
    expect(await value('select position from belfry.relay_state')).toBe(before);
  });

  it('does so when the row is deleted, by whoever did, and for that row alone', async () => {
    const ann = await read('ann', ['support']);
    const [unread] = told(ann);
    await sql(`insert into tickets values (11, 'Stays'), (12, 'Goes')`);
    await item(ann, 'Goes');
    await sql(`delete from tickets where id = 12`);
    const gone = await until('it is told', () => given(ann).find(({ title, resolvedAt }) => title === 'Goes' && resolvedAt !== null));
    expect(gone.resolvedBy).toBe(await value('select session_user'));
    await until('one is left', () => told(ann)[0] === unread + 1);
    expect(await counts('ann', ['support'])).toEqual([unread + 1, told(ann)[1]]);
  });

  it('keeps the order within one transaction and one batch', async () => {
    const ann = await read('ann', ['support']);
    const [unread] = told(ann);
    await sql(`insert into tickets values (21, 'At once'); update tickets set status = 'closed' where id = 21;
               insert into tickets values (22, 'After')`);
    await item(ann, 'After');
    expect(given(ann).filter(({ title }) => title === 'At once')).toMatchObject([{ resolvedAt: expect.any(String) }, { resolvedAt: expect.any(String) }]);
    await until('it is counted', () => told(ann)[0] === unread + 1);
    expect((await counts('ann', ['support']))[0]).toBe(unread + 1);
    // The one transaction does what the other undoes: an insert after the delete is a new notification.
    await sql(`begin; delete from tickets where id = 22; insert into tickets values (22, 'Once more'); commit`);
    const again = await item(ann, 'Once more');
    expect(again.resolvedAt).toBeNull();
    await until('the one before is resolved', () => given(ann).some(({ title, resolvedAt }) => title === 'After' && resolvedAt !== null));
  });

  it('parks a change whose condition fails, and lets the write through', async () => {
    await sql(`create function public.fails(text) returns boolean language plpgsql as $$ begin return 1 / length($1) > 0; end $$`);
    await sql(`insert into tickets values (31, 'x')`);
    const body = await value<string>(`select prosrc from pg_proc where proname = 'rule:ticket.opened'`);
    await sql(body.replaceAll(`new.status = 'closed'`, 'public.fails(new.status)').replace(/^/, 'create or replace function belfry."rule:ticket.opened"() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $belfry$').concat('$belfry$'));
    await sql(`update tickets set status = '' where id = 31`);
    expect(await until('it is parked', () => value<string>('select reason from belfry.failed_changes where resolves'))).toMatch(/^resolve: division by zero/);
    await sql(`create or replace function belfry."rule:ticket.opened"() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $belfry$${body}$belfry$`);
  });
});

describe('key', () => {
  it('has a repeated event update its one notification: content, count, place, unread for everybody', async () => {
    const [oz, pam] = [await read('oz', ['ops']), await read('pam', ['ops'])];
    await sql(`insert into imports (name, percent) values ('prices', 10)`);
    const first = await item(oz, 'prices: 10 %');
    await app.call('oz', ['ops'], 'PATCH', `/notifications/${first.id}/read`);
    await app.call('pam', ['ops'], 'POST', '/notifications/read', { upTo: '9223372036854775807' });
    await sql(`insert into imports (name, percent) values ('other', 1)`);
    await item(oz, 'other: 1 %');
    await until('only the other is unread', () => told(oz)[0] === 1 && told(pam)[0] === 1);
    await sql(`update imports set percent = 50 where name = 'prices'`);
    const raised = await item(pam, 'prices: 50 %');
    expect(raised).toMatchObject({ id: first.id, occurrences: 2, readAt: null });
    expect(BigInt(raised.position)).toBeGreaterThan(BigInt(first.position));
    for (const [user, reader] of [['oz', oz], ['pam', pam]] as const) {
      await until('it counts again', () => told(reader)[0] === 2 && told(reader)[1] === 2);
      expect(await counts(user, ['ops'])).toEqual([2, user === 'oz' ? told(reader)[1] : 2]);
      for (const status of ['all', 'unread']) {
        expect((await list(user, ['ops'], `?status=${status}`)).map(({ title }) => title)).toEqual(['prices: 50 %', 'other: 1 %']);
      }
    }
    expect(await value('select count(*) from belfry.notifications where topic = $1', ['import.progress'])).toBe('2');
    // Marked now, it stays read at the devices that hear of it.
    await app.call('oz', ['ops'], 'PATCH', `/notifications/${first.id}/read`);
    await until('it is read', () => told(oz)[0] === 1);
    expect(oz.dataOf('receipts').at(-1)).toMatchObject([{ ids: [first.id], asOf: expect.any(String), read: true }]);
  });

  it('streams a progress as one item, however fast it goes, and gives a reader who was away the newest alone', async () => {
    const oz = await read('oz', ['ops']);
    const { lastEventId } = oz;
    const unread = await counts('oz', ['ops']);
    oz.close();
    await sql(`insert into imports (name, percent) values ('fast', 0)`);
    // Many transactions: as many entries as the relay makes batches of them, at most.
    for (let percent = 1; percent <= 200; percent++) await sql(`update imports set percent = $1 where name = 'fast'`, [percent]);
    const pam = await read('pam', ['ops']);
    await until('all is told', async () => (await list('pam', ['ops'])).some(({ title }) => title === 'fast: 200 %'));
    const back = await read('oz', ['ops'], lastEventId);
    expect(given(back).filter(({ title }) => title.startsWith('fast'))).toMatchObject([{ title: 'fast: 200 %', occurrences: 201, severity: 'warning' }]);
    expect(told(back)[0]).toBe(unread[0] + 1);
    pam.close();
    // One transaction is one entry.
    const before = BigInt(await value<string>('select position from belfry.relay_state'));
    await sql(`do $$ begin for n in 1..100 loop update imports set percent = n where name = 'fast'; end loop; end $$`);
    await item(back, 'fast: 100 %');
    expect(BigInt(await value<string>('select position from belfry.relay_state'))).toBe(before + 1n);
  });

  it('goes to whom it is addressed now; who is not any more loses it', async () => {
    const [cat, dan] = [await read('cat', []), await read('dan', [])];
    await sql(`insert into tickets values (41, 'Leak', 'open', 'cat')`);
    const first = await item(cat, 'Leak is yours');
    await sql(`update tickets set owner = 'dan' where id = 41`);
    expect(await item(dan, 'Leak is yours')).toMatchObject({ id: first.id, occurrences: 2 });
    const withdrawn = await until('cat is told', () => cat.dataOf('receipts').at(-1));
    expect(withdrawn).toEqual([{ ids: [first.id], asOf: first.position, withdrawn: true }]);
    await until('it is counted', () => told(cat)[0] === 0 && told(dan)[0] === 1);
    expect([await counts('cat', []), await counts('dan', [])]).toEqual([[0, 0], [1, 1]]);
    expect(await list('cat', [])).toEqual([]);
    expect((await app.call('cat', [], 'GET', `/notifications/${first.id}`)).status).toBe(404);
    // Who comes back from before is left without it as well.
    const late = await read('cat', [], `${cat.lastEventId?.split('-')[0] ?? ''}-${BigInt(first.position) - 1n}`);
    expect(late.dataOf('receipts').at(-1)).toEqual(withdrawn);
    await sql('delete from tickets where id = 41');
    await until('it is resolved by its key', async () => (await counts('dan', []))[0] === 0);
    await sql(`insert into tickets values (41, 'Leak', 'open', 'dan')`);
    await until('another begins', async () => (await counts('dan', []))[0] === 1);
    expect((await list('dan', [])).map(({ id }) => id === first.id)).toEqual([false, true]);
  });

  it('says why by its last change', async () => {
    await sql(`set application_name = 'importer'`);
    await sql(`insert into imports (name, percent) values ('why', 1)`);
    await sql(`update imports set percent = 2 where name = 'why'`);
    await sql(`set application_name = 'business'`);
    const one = await until('it is told', async () => (await list('oz', ['ops'])).find(({ title }) => title === 'why: 2 %'));
    const { body } = await app.call('oz', ['ops'], 'GET', `/notifications/${one.id}`);
    expect((body as { why: object }).why).toMatchObject({
      rule: 'import.progress', table: 'public.imports', operation: 'update', occurrences: 2, old: { percent: 1 }, new: { percent: 2 },
      application: 'importer', dbRole: expect.any(String), transaction: expect.stringMatching(/^\d+$/), capturedAt: expect.any(String),
      committedAt: expect.any(String), deliveredAt: expect.any(String), askedAt: expect.any(String),
    });
  });
});

describe('digest', () => {
  it('gathers what happens in its window into one item, for each audience, with the latest few', async () => {
    const [north, south] = [await read('nia', ['north']), await read('sol', ['south'])];
    for (let n = 1; n <= 7; n++) await sql(`insert into comments (shop, text) values ('north', $1)`, [`comment ${n}`]);
    await sql(`insert into comments (shop, text) values ('south', 'alone')`);
    const gathered = await item(north, '7 comments');
    expect(gathered).toMatchObject({ occurrences: 7, body: [7, 6, 5, 4, 3].map((n) => `comment ${n}`).join('\n') });
    expect(await item(south, 'alone')).toMatchObject({ occurrences: 1, body: null });
    await until('it counts once', () => told(north)[0] === 1);
    expect(Date.parse(gathered.expiresAt ?? '')).toBeGreaterThan(Date.now() + 47 * 3_600_000);
    // The window ends: what comes after it is another one, and the first stays as it is.
    await sql(`update belfry.notifications set window_ends_at = now() where id = $1`, [gathered.id]);
    await sql(`insert into comments (shop, text) values ('north', 'later')`);
    const next = await item(north, 'later');
    expect(next.id).not.toBe(gathered.id);
    await until('both count', () => told(north)[0] === 2);
    expect((await list('nia', ['north'])).map(({ title }) => title)).toEqual(['later', '7 comments']);
  });
});
