import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CommittedRow, Ledger } from './ledger.js';
import { judge, type Life, type Witness } from './oracle.js';

interface Kept {
  ledger: Ledger;
  life: Life;
  witness: Witness;
}

/** Rows of two writers in the order of their commits, and a reader of two channels who was there from the beginning. */
function kept(length: number): Kept {
  const rows = Array.from({ length }, (_, index): CommittedRow => ({
    table: 'public.tasks',
    key: String(index),
    channel: ['everyone', 'role:red', 'role:blue'][index % 3] ?? '',
    topic: 'task.created',
    writer: index % 2,
    transaction: Math.floor(index / 4),
    place: index % 4,
    begunAt: 1_000 + index,
  }));
  const notifications = rows.map(({ table, key }, index) => ({ id: String(index + 1), table, key }));
  const channels = ['everyone', 'role:red'];
  const received = notifications.filter((_, index) => channels.includes(rows[index]?.channel ?? ''));
  const life: Life = { stretches: [{ since: 0n, channels }], sinceTime: 0, received, cursor: `a-${length}` };
  const count = { count: received.length, capped: false };
  const listed = received.map((item) => ({ ...item, isRead: false }));
  const counts = { 'the stream': count, REST: count, SQL: count };
  const witness = { name: 'ann', lives: [life], faults: [], counts, marks: [], listed };
  return { ledger: { rows, notifications, epochs: ['a'] }, life, witness };
}

const length = fc.integer({ min: 12, max: 60 });
const withLife = ({ life, witness }: Kept, changed: Partial<Life>): Witness => ({ ...witness, lives: [{ ...life, ...changed }] });

describe('the verdict', () => {
  it('finds nothing where every promise was kept', () => {
    fc.assert(fc.property(length, (size) => judge([kept(size).ledger], [kept(size).witness]).length === 0));
  });

  it('finds a row that is missing, whichever it is', () => {
    fc.assert(
      fc.property(length, fc.nat(), (size, which) => {
        const case_ = kept(size);
        const received = case_.life.received.filter((_, index) => index !== which % case_.life.received.length);
        return judge([case_.ledger], [withLife(case_, { received })]).some((text) => text.startsWith('ann: was never given'));
      }),
    );
  });

  it('finds a row that came twice, or too late', () => {
    fc.assert(
      fc.property(length, fc.nat(), (size, which) => {
        const case_ = kept(size);
        const { received } = case_.life;
        const again = received[which % (received.length - 1)];
        if (!again) return false;
        const twice = judge([case_.ledger], [withLife(case_, { received: [...received, again] })]);
        const late = judge([case_.ledger], [withLife(case_, { received: [...received.filter((one) => one !== again), again] })]);
        return twice.some((text) => text.includes('twice')) && late.some((text) => text.includes(' after '));
      }),
    );
  });

  it('finds a writer’s rows the wrong way round, though the ids grow', () => {
    const case_ = kept(24);
    const [first, ...others] = case_.life.received;
    const moved = { ...(first ?? { table: '', key: '' }), id: '99' };
    const notifications = [...case_.ledger.notifications.filter((one) => one !== first), moved];
    const found = judge([{ ...case_.ledger, notifications }], [withLife(case_, { received: [...others, moved] })]);
    expect(found.join('\n')).toMatch(/was given row 0 of transaction 0 of writer 0 .* after row/);
  });

  it.each<[string, Partial<Witness>, Partial<Life>, RegExp]>([
    ['what is not for the reader', {}, { stretches: [{ since: 0n, channels: ['role:red'] }] }, /which is for everyone/],
    ['what was never committed', {}, { received: [{ id: '1', table: 'public.tasks', key: 'none' }] }, /never committed/],
    ['a count that is wrong', { counts: { SQL: { count: 3, capped: false } } }, {}, /SQL counts 3, expected 8/],
    ['a count that never came', { counts: { REST: undefined } }, {}, /REST counts nothing/],
    ['what a stream did', { faults: ['was greeted with "ready"'] }, {}, /was greeted with "ready"/],
    ['a reader that nobody greeted', {}, { stretches: [] }, /was never greeted/],
    ['a list that lacks one', { listed: [] }, {}, /REST does not list public\.tasks#0 \(1\)/],
    ['a mark that is not there', { marks: [{ channels: ['everyone'], ids: ['1'] }] }, {}, /REST has 1 as unread, and it was marked/],
  ])('finds %s', (_, witness, life, breach) => {
    const case_ = kept(12);
    expect(judge([case_.ledger], [{ ...withLife(case_, life), ...witness }]).join('\n')).toMatch(breach);
  });

  it('finds a row that has no notification, two, or one without a row', () => {
    const case_ = kept(12);
    const { rows, notifications } = case_.ledger;
    const [first] = notifications;
    const judged = (changed: Partial<Ledger>): string => judge([{ ...case_.ledger, ...changed }], [case_.witness]).join('\n');
    expect(judged({ notifications: notifications.slice(0, -2) })).toMatch(/was never given .*#10 \(nor was anybody\)/);
    expect(judged({ notifications: [...notifications, { table: 'public.tasks', key: '0', id: '13' }] })).toMatch(/have public.tasks#0 twice: 1, 13/);
    expect(judged({ rows: rows.filter(({ key }) => key !== first?.key) })).toMatch(/the tables have public.tasks#0 \(1\), which was never/);
  });

  it('counts what was marked, as far as the admin could see it then', () => {
    const case_ = kept(12);
    const channels = ['everyone'];
    const expected = (marks: Witness['marks']): string | undefined =>
      judge([case_.ledger], [{ ...case_.witness, marks, listed: undefined, counts: { SQL: undefined } }])[0]?.replace(/.*expected /, '');
    expect(expected([])).toBe('8');
    expect(expected([{ channels, ids: ['1', '2', '4'] }])).toBe('6');
    expect(expected([{ channels, upTo: '7' }])).toBe('3');
    expect(expected([{ channels, upTo: '7', topic: 'task.created' }])).toBe('5');
    expect(expected([{ channels, upTo: '7', topic: 'other' }])).toBe('8');
  });

  it('owes a reader who came late what lies above the first cursor, and what began after it', () => {
    const case_ = kept(30);
    const late = { stretches: [{ since: 15n, channels: ['everyone', 'role:red'] }], received: case_.life.received.filter(({ id }) => Number(id) > 15) };
    expect(judge([case_.ledger], [withLife(case_, { ...late, sinceTime: 1_015 })])).toEqual([]);
    expect(judge([case_.ledger], [withLife(case_, { ...late, sinceTime: 1_005 })]).join('\n')).toMatch(/began after its cursor 15 and was put at/);
  });

  it('owes a reader whose roles change those of each connection, from its cursor on', () => {
    const case_ = kept(30);
    const stretches = [{ since: 0n, channels: ['everyone', 'role:red'] }, { since: 15n, channels: ['everyone', 'role:blue'] }];
    const of = (id: string): string => case_.ledger.rows[Number(id) - 1]?.channel ?? '';
    const received = case_.ledger.notifications.filter(({ id }) => (stretches[Number(id) > 15 ? 1 : 0]?.channels ?? []).includes(of(id)));
    const moved = { ...withLife(case_, { stretches, received }), listed: undefined, counts: {} };
    expect(judge([case_.ledger], [moved])).toEqual([]);
    const text = judge([case_.ledger], [{ ...withLife(case_, { stretches }), listed: undefined, counts: {} }]).join('\n');
    expect(text).toMatch(/public.tasks#16, which is for role:red/);
    expect(text).toMatch(/was never given public.tasks#17/);
  });
});

describe('the verdict on a reset', () => {
  const before = kept(20);
  const after = kept(12);
  const restored = { ...after.ledger, epochs: ['a', 'b'] };
  const first = { ...before.life, received: before.life.received.slice(0, 10), cursor: 'a-14' };
  const second: Life = {
    stretches: [{ since: 4n, channels: ['everyone', 'role:red'] }],
    sinceTime: 1_003.5,
    received: after.life.received.filter(({ id }) => Number(id) > 4),
    cursor: 'b-12',
    fetched: after.life.received.slice(0, 3),
  };
  const judged = (...lives: Life[]): string => judge([before.ledger, restored], [{ ...after.witness, lives }]).join('\n');

  it('has nothing against one that a restored backup justifies', () => {
    expect(judged(first, second)).toBe('');
  });

  it('finds one without a cause', () => {
    expect(judge([after.ledger], [{ ...after.witness, lives: [after.life, second] }]).join('\n')).toMatch(/and no backup was restored/);
    expect(judged({ ...first, cursor: 'b-3' }, second)).toMatch(/and no backup was restored since/);
    expect(judged({ ...first, cursor: 'c-3' }, second)).toMatch(/that there never was/);
  });

  it('finds what was missing before it, what REST does not list after it, and a reader who was not told', () => {
    expect(judged({ ...first, received: first.received.slice(1) }, second)).toMatch(/was never given public.tasks#0/);
    expect(judged(first, { ...second, fetched: [] })).toMatch(/was told to reset at 4, and REST did not list public.tasks#0/);
    expect(judged({ ...before.life, cursor: 'a-20' })).toMatch(/never committed/);
  });
});
