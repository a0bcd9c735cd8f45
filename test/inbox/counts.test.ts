import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toPrincipal } from '../../src/auth/principal.js';
import { CountsKeeper } from '../../src/inbox/counts-keeper.service.js';
import { Tail } from '../../src/journal/tail.service.js';
import { TestApp } from '../support/app.js';
import { until } from '../support/until.js';

const RULES = `
rules:
  - topic: thing.lives
    table: public.things
    on: [insert, update]
    audience: ["role:{{ row.role }}"]
    key: "thing:{{ row.id }}"
    title: "{{ row.id }}"
    resolve: { when: "new.state = 'done'" }
  - topic: note.written
    table: public.notes
    on: insert
    audience: [role:staff, role:boss]
    title: "{{ row.id }}"
    resolve: { on: delete }
`;
const ROLES = { ann: ['staff'], bob: ['staff', 'boss'], cy: ['boss'] };
type User = keyof typeof ROLES;
const USERS = Object.keys(ROLES) as User[];

const user = fc.constantFrom(...USERS);
const thing = fc.integer({ min: 1, max: 4 });
const row = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ring' as const), thing, role: fc.constantFrom('staff', 'staff', 'boss') }) },
  fc.record({ do: fc.constant('settle' as const), thing }),
  fc.record({ do: fc.constant('write' as const), thing }),
  fc.record({ do: fc.constant('delete' as const), thing }),
);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('rows' as const), rows: fc.array(row, { minLength: 1, maxLength: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('read' as const, 'unread' as const), user, name: fc.integer({ min: 0, max: 7 }) }) },
  fc.record({ do: fc.constantFrom('read all' as const, 'see all' as const), user }),
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), thing }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mute' as const), user, topics: fc.subarray(['thing.lives', 'note.written']) }) },
);

/** A notification as every admin should have it. */
interface Modelled {
  roles: readonly string[];
  read: Set<User>;
  seen: Set<User>;
}

describe('counts', () => {
  let app: TestApp;
  /** What is open, by `thing 3` or `note 3`. */
  const open = new Map<string, Modelled>();
  const muted: Record<User, readonly string[]> = { ann: [], bob: [], cy: [] };

  const ring = (name: string, roles: readonly string[]): void => void open.set(name, { roles, read: new Set(), seen: new Set() });
  const expected = (who: User): [number, number] => {
    const unread = [...open].filter(([name]) => !muted[who].includes(name.startsWith('thing') ? 'thing.lives' : 'note.written')).map(([, one]) => one)
      .filter(({ roles, read }) => roles.some((role) => ROLES[who].includes(role)) && !read.has(who));
    return [unread.length, unread.filter(({ seen }) => !seen.has(who)).length];
  };
  const told = async (): Promise<void> => {
    await until('all is relayed and read', async () => {
      const { rows } = await app.business.query<{ position: string; waiting: boolean }>(
        'select position, exists (select from belfry.changes) as waiting from belfry.relay_state');
      return !rows[0]?.waiting && app.running.app.get(Tail).recent.head === BigInt(rows[0]?.position ?? -1);
    });
  };
  const write = async ({ do: what, thing: id, role }: { do: string; thing: number; role?: string }): Promise<void> => {
    if (what === 'ring') {
      await app.business.query(`insert into things values ($1, $2, 'on') on conflict (id) do update set role = $2, state = 'on', turn = things.turn + 1`, [id, role]);
      ring(`thing ${id}`, [role ?? '']);
    } else if (what === 'settle') {
      await app.business.query(`update things set state = 'done' where id = $1`, [id]);
      open.delete(`thing ${id}`);
    } else if (what === 'write') {
      const { rowCount } = await app.business.query(`insert into notes values ($1) on conflict do nothing`, [id]);
      if (rowCount === 1) ring(`note ${id}`, ['staff', 'boss']);
    } else {
      await app.business.query(`delete from notes where id = $1`, [id]);
      open.delete(`note ${id}`);
    }
  };
  const mark = async (who: User, name: string, how: 'read' | 'unread'): Promise<void> => {
    const [kind = '', id = ''] = name.split(' ');
    const { rows } = await app.business.query<{ id: string }>(
      `select id from belfry.notifications where topic = $1 and source_key = $2 and resolved_at is null`,
      [kind === 'thing' ? 'thing.lives' : 'note.written', id]);
    const modelled = open.get(name);
    if (!modelled?.roles.some((role) => ROLES[who].includes(role))) return;
    expect((await app.call(who, ROLES[who], 'PATCH', `/notifications/${rows[0]?.id ?? ''}/${how}`)).status).toBe(200);
    if (how === 'read') modelled.read.add(who);
    else modelled.read.delete(who);
  };

  beforeAll(async () => {
    app = await TestApp.start({
      rules: RULES,
      prepare: async (client) => {
        await client.query(`
          create table public.things (id int primary key, role text, state text, turn int default 0);
          create table public.notes (id int primary key)`);
      },
    });
  });
  afterAll(() => app.close());

  it('in memory are what SQL counts, and what an admin has not read, whatever happens', async () => {
    const keeper = app.running.app.get(CountsKeeper);
    for (const who of USERS) await app.call(who, ROLES[who], 'GET', '/notifications/counts');
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
      for (const one of steps) {
        if (one.do === 'rows') {
          await app.business.query('begin');
          for (const changed of one.rows) await write(changed);
          await app.business.query('commit');
        } else if (one.do === 'read' || one.do === 'unread') {
          await mark(one.user, [...['thing', 'note'].flatMap((kind) => [1, 2, 3, 4].map((n) => `${kind} ${n}`))][one.name] ?? '', one.do);
        } else if (one.do === 'expire') {
          const { rowCount } = await app.business.query(
            `update belfry.notifications set expires_at = now() where topic = 'thing.lives' and key = $1 and resolved_at is null`, [`thing:${one.thing}`]);
          if (rowCount) await until('it has expired', async () =>
            (await app.business.query(`select from belfry.notifications where expires_at <= now() and resolved_at is null`)).rowCount === 0);
          open.delete(`thing ${one.thing}`);
        } else if (one.do === 'mute') {
          await app.call(one.user, ROLES[one.user], 'PUT', '/preferences', { mutedTopics: one.topics });
          muted[one.user] = one.topics;
        } else {
          await app.call(one.user, ROLES[one.user], 'POST', `/notifications/${one.do === 'read all' ? 'read' : 'seen'}`, { upTo: '9223372036854775807' });
          for (const { read, seen } of open.values()) {
            if (one.do === 'read all') read.add(one.user);
            seen.add(one.user);
          }
        }
        await told();
        for (const who of USERS) {
          const kept = await keeper.of(toPrincipal({ sub: who, roles: ROLES[who], exp: 4_000_000_000 }, 'roles')).current();
          const { body } = await app.call(who, ROLES[who], 'GET', '/notifications/counts');
          const listed = body as typeof kept;
          const found = [[kept.unread.count, kept.unseen.count], [listed.unread.count, listed.unseen.count]];
          expect({ who, one, found }).toEqual({ who, one, found: [expected(who), expected(who)] });
        }
      }
      // One database for all runs: a shorter sequence would begin elsewhere than the one that failed.
    }), { numRuns: 6, endOnFailure: true });
  }, 180_000);
});
