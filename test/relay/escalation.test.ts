import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Expiry } from '../../src/retention/expiry.service.js';
import { applyRules } from '../../src/rules/apply.js';
import { parseRules } from '../../src/rules/rules-file.js';
import { TestApp } from '../support/app.js';
import type { Reader } from '../support/reader.js';
import { until } from '../support/until.js';

const RULES = `
rules:
  - topic: alarm.soon
    table: public.soon
    on: insert
    audience: [role:support]
    title: "{{ row.name }}"
    escalate: { after: 1s, unless: claimed, to: [role:lead, "user:{{ row.boss }}"] }
  - topic: alarm.late
    table: public.alarms
    on: [insert, update]
    columns: [name, boss]
    audience: [role:support]
    title: "{{ row.name }}"
    key: "{{ row.id }}"
    escalate: { after: 1h, to: ["{{ row.boss }}"] }
    resolve: { when: "new.done" }
`;

interface Item {
  id: string;
  position: string;
  title: string;
  occurrences: number;
  readAt: string | null;
  escalatedAt: string | null;
}
interface Counts {
  unread: { count: number };
}
interface Why {
  escalation: { to: string[]; dueAt: string | null; escalatedAt: string | null } | null;
}

let app: TestApp;
const readers: Reader[] = [];
const read = async (user: string, role: string): Promise<Reader> => {
  const reader = await app.read(user, [role]);
  readers.push(reader);
  await reader.frame('ready');
  return reader;
};
const given = (reader: Reader, id?: string): Item[] => (reader.notifications as unknown as Item[]).filter((item) => id === undefined || item.id === id);
const call = async <T>(user: string, role: string, path: string, method = 'GET'): Promise<T> =>
  (await app.call(user, [role], method, `/notifications${path}`)).body;
const list = async (user: string, role: string): Promise<Item[]> => (await call<{ data: Item[] }>(user, role, '?status=unread')).data;
const told = (reader: Reader): number => ([...reader.dataOf('ready'), ...reader.dataOf('counts')].at(-1) as Counts).unread.count;
const sql = (text: string, values: unknown[] = []): Promise<unknown> => app.business.query(text, values);
const value = async <T>(text: string, values: unknown[] = []): Promise<T> =>
  Object.values((await app.business.query<Record<string, T>>(text, values)).rows[0] ?? {})[0] as T;
const idOf = (title: string): Promise<string> =>
  until(`${title} is stored`, async () => (await value<string | undefined>('select id from belfry.notifications where title = $1', [title])) ?? false);
/** Its time is up. */
const due = (...ids: string[]): Promise<unknown> => sql(`update belfry.notifications set escalate_at = now() where id = any ($1::bigint[])`, [ids]);
const isEscalated = (id: string): Promise<boolean> => value('select escalated_at is not null from belfry.notifications where id = $1', [id]);
const areEscalated = (ids: string[]): Promise<boolean[]> =>
  value('select array(select n.escalated_at is not null from unnest($1::bigint[]) with ordinality as asked (id, nth) join belfry.notifications n using (id) order by nth)', [ids]);
const dueAt = (id: string): Promise<Date | null> => value('select escalate_at from belfry.notifications where id = $1', [id]);
const changesWritten = (): Promise<string> => value(`select pg_sequence_last_value(pg_get_serial_sequence('belfry.other_changes', 'id'))::text`);
const settled = async (): Promise<void> => {
  await until('the relay has taken all', async () => (await value<string>('select count(*) from belfry.changes')) === '0');
};

beforeAll(async () => {
  app = await TestApp.start({
    rules: RULES,
    prepare: async (client) => {
      await client.query(`
        create table public.soon (id bigserial primary key, name text, boss text);
        create table public.alarms (id int primary key, name text, boss text default 'role:lead', done boolean default false)`);
    },
  });
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});
afterAll(() => app.close());

describe('what nobody has taken on in time', () => {
  it('goes to more: an arrival for them, and for those who had it on top and unread again', async () => {
    const [sam, lee, bo] = [await read('sam', 'support'), await read('lee', 'lead'), await read('bo', 'none')];
    await sql(`insert into soon (name, boss) values ('Fire', 'bo')`);
    const first = await until('sam is told', () => given(sam)[0]);
    await call('sam', 'support', `/${first.id}/read`, 'PATCH');
    const why = (await call<{ why: Why }>('sam', 'support', `/${first.id}`)).why.escalation;
    expect(why?.to).toEqual(['role:lead', 'user:bo']);
    for (const reader of [lee, bo]) {
      const arrived = await until('the lead is told', () => given(reader, first.id)[0]);
      expect(arrived).toMatchObject({ title: 'Fire', occurrences: 1, readAt: null, escalatedAt: expect.any(String) });
      expect(BigInt(arrived.position)).toBeGreaterThan(BigInt(first.position));
      await until('it counts', () => told(reader) === 1);
    }
    const again = await until('sam is told again', () => given(sam, first.id).find(({ escalatedAt }) => escalatedAt !== null));
    expect(again).toMatchObject({ readAt: null, occurrences: 1 });
    await until('it counts again', () => told(sam) === 1);
    for (const [user, role] of [['sam', 'support'], ['lee', 'lead'], ['bo', 'none']] as const) {
      expect(await list(user, role)).toMatchObject([{ id: first.id, position: again.position, escalatedAt: again.escalatedAt }]);
      expect((await call<Counts>(user, role, '/counts')).unread.count).toBe(1);
    }
    expect((await call<{ why: Why }>('lee', 'lead', `/${first.id}`)).why.escalation).toEqual({ to: ['role:lead', 'user:bo'], dueAt: null, escalatedAt: again.escalatedAt });
    const waited = await value<number>('select extract(epoch from escalated_at - created_at)::float8 from belfry.notifications where id = $1', [first.id]);
    expect(waited).toBeGreaterThanOrEqual(1);
    expect(await value('select count(*) from belfry.journal where notification = $1', [first.id])).toBe('2');
    expect(await value('select count(*) from belfry.failed_changes')).toBe('0');
    await call('lee', 'lead', `/${first.id}/claim`, 'PATCH');
    await until('sam counts it no more', () => told(sam) === 0);
  });

  it('stays with whom it had where somebody has taken it on, and does not when it is released too late', async () => {
    await sql(`insert into alarms (id, name) values (1, 'claimed'), (2, 'resolved'), (3, 'expired'), (4, 'done'), (5, 'open')`);
    const claimed = await idOf('claimed');
    const [resolved, expired, done, open] = [await idOf('resolved'), await idOf('expired'), await idOf('done'), await idOf('open')];
    const why = (await call<{ why: Why }>('sam', 'support', `/${open}`)).why.escalation;
    expect(why).toEqual({ to: ['role:lead'], dueAt: (await dueAt(open))?.toISOString(), escalatedAt: null });
    // From its commit, where the server tracks that.
    expect(await value(`select escalate_at - coalesce(committed_at, created_at) = interval '1 hour' from belfry.notifications where id = $1`, [open])).toBe(true);
    await call('sam', 'support', `/${claimed}/claim`, 'PATCH');
    await call('sam', 'support', `/${resolved}/resolve`, 'PATCH');
    await sql(`update alarms set done = true where id = 4`);
    await settled();
    await sql('begin');
    await sql('update belfry.notifications set expires_at = now() where id = $1', [expired]);
    await due(claimed, resolved, expired, done, open);
    await sql('commit');
    const passed = await dueAt(claimed);
    await until('the open one is escalated', () => isEscalated(open));
    expect(await areEscalated([claimed, resolved, expired, done])).toEqual([false, false, false, false]);
    // It waits there, and nobody is at it.
    expect(await dueAt(claimed)).toEqual(passed);
    await call('sam', 'support', `/${claimed}/release`, 'PATCH');
    await until('the released one is escalated', () => isEscalated(claimed));
    await settled();
    expect(await areEscalated([resolved, expired, done])).toEqual([false, false, false]);
    expect((await list('lee', 'lead')).map(({ title }) => title).filter((title) => title !== 'Fire')).toEqual(['claimed', 'open']);
  });

  it('stays with them as well where it was taken on between its time and the relay', async () => {
    await sql(`insert into alarms (id, name) values (11, 'taken meanwhile')`);
    const id = await idOf('taken meanwhile');
    await sql('begin');
    await sql(`update belfry.notifications set escalate_at = null, claimed_by = 'sam' where id = $1`, [id]);
    await sql(`insert into belfry.changes (operation, key) values ('escalated', $1)`, [id]);
    await sql('commit');
    await until('it is put off', () => value<boolean>('select escalate_at is not null from belfry.notifications where id = $1', [id]));
    expect([await isEscalated(id), await value('select count(*) from belfry.journal where notification = $1', [id])]).toEqual([false, '1']);
    await call('sam', 'support', `/${id}/release`, 'PATCH');
    await until('it is escalated', () => isEscalated(id));
  });

  it('is one notification still: its clock is that of the first ring, and who has it keeps it', async () => {
    await sql(`insert into alarms (id, name, boss) values (21, 'one', 'user:first')`);
    const id = await idOf('one');
    await sql(`update belfry.notifications set escalate_at = escalate_at - interval '30 minutes' where id = $1`, [id]);
    const at = await dueAt(id);
    await sql(`update alarms set name = 'two', boss = 'user:second' where id = 21`);
    await idOf('two');
    expect(await dueAt(id)).toEqual(at);
    const second = await read('second', 'none');
    await due(id);
    expect(await until('it is escalated', () => given(second)[0])).toMatchObject({ id, title: 'two', occurrences: 2, escalatedAt: expect.any(String) });
    expect(await list('first', 'none')).toEqual([]);
    await sql(`update alarms set name = 'three', boss = 'user:third' where id = 21`);
    const raised = await until('it is raised', () => given(second).find(({ title }) => title === 'three'));
    expect(raised).toMatchObject({ id, occurrences: 3, escalatedAt: given(second)[0]?.escalatedAt });
    expect([(await list('second', 'none')).length, (await list('third', 'none')).length]).toEqual([1, 0]);
    await sql(`update alarms set done = true where id = 21`);
    await until('it is resolved', () => told(second) === 0);
  });

  it('is as its rule said when it rang', async () => {
    await sql(`insert into alarms (id, name) values (31, 'as it was'), (32, 'rings again')`);
    const [was, rings] = [await idOf('as it was'), await idOf('rings again')];
    await applyRules(app.business, parseRules(RULES.replace('escalate: { after: 1h, to: ["{{ row.boss }}"] }', '')));
    try {
      await sql(`update alarms set name = 'rings without' where id = 32`);
      await idOf('rings without');
      expect(await value('select escalate_at is null and escalate_to is null from belfry.notifications where id = $1', [rings])).toBe(true);
      await due(was);
      await until('it is escalated', () => isEscalated(was));
      await sql(`update alarms set name = 'still theirs' where id = 31`);
      await idOf('still theirs');
      expect((await list('lee', 'lead'))[0]).toMatchObject({ id: was, title: 'still theirs' });
    } finally {
      await applyRules(app.business, parseRules(RULES));
    }
  });

  it('has no one else to go to where its channel is nobody, and is parked where it is none', async () => {
    await sql(`insert into alarms (id, name, boss) values (41, 'for nobody', null), (42, 'odd', 'the boss')`);
    const nobody = await idOf('for nobody');
    expect(await dueAt(nobody)).toBeNull();
    const reason = await until('it is parked', async () => (await value<string | undefined>('select reason from belfry.failed_changes')) ?? false);
    expect(reason).toMatch(/^rule "alarm.late", escalate.to\[0\]: found "the boss", expected everyone, role:<name> or user:<id>/);
  });

  it('is escalated once, however many processes look', async () => {
    const other = await TestApp.start({ database: app.database, rules: RULES });
    try {
      const before = await value<string>('select position from belfry.relay_state');
      const written = await changesWritten();
      await sql(`insert into alarms (id, name) select n, 'many' from generate_series(101, 400) n`);
      await until('all ring', async () => (await value<string>(`select count(*) from belfry.notifications where title = 'many'`)) === '300');
      await sql(`update belfry.notifications set escalate_at = now() where title = 'many'`);
      const look = async ({ running }: TestApp): Promise<void> => {
        const expiry: unknown = running.app.get(Expiry);
        await (expiry as { look: () => Promise<void> }).look();
      };
      // The relay can't take them: what is found due a second time would be told a second time.
      await sql('begin');
      await sql('select from belfry.relay_state for update');
      await Promise.all([app, other].map(look));
      await Promise.all([app, other].map(look));
      expect(BigInt(await changesWritten()) - BigInt(written)).toBe(600n);
      await sql('commit');
      await until('all are escalated', async () => (await value<string>(`select count(*) from belfry.notifications where title = 'many' and escalated_at is not null`)) === '300');
      await settled();
      expect(await value('select position - $1::bigint from belfry.relay_state', [before])).toBe('600');
    } finally {
      await other.close();
    }
  });
});
