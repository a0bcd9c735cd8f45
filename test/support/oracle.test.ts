import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CommittedRow, judge, type Witness } from './oracle.js';

/** Rows of three writers in the order of their commits, and a reader of two channels who was there from the beginning. */
function kept(length: number): { rows: CommittedRow[]; witness: Witness } {
  const rows = Array.from({ length }, (_, index) => ({
    table: 'public.tasks',
    key: String(index),
    channel: ['everyone', 'role:red', 'role:blue'][index % 3] ?? '',
    writer: index % 2,
    transaction: Math.floor(index / 4),
    place: index % 4,
    begunAt: 1_000 + index,
  }));
  const channels = ['everyone', 'role:red'];
  const received = rows.flatMap(({ table, key, channel }, index) => (channels.includes(channel) ? [{ id: String(index + 1), table, key }] : []));
  const counts = { count: received.length, capped: false };
  return { rows, witness: { name: 'ann', channels, since: 0n, sinceTime: 0, received, faults: [], told: counts, listed: counts } };
}

const length = fc.integer({ min: 12, max: 60 });

describe('the verdict', () => {
  it('finds nothing where every promise was kept', () => {
    fc.assert(fc.property(length, (rows) => judge(kept(rows).rows, [kept(rows).witness]).length === 0));
  });

  it('finds a row that is missing, whichever it is', () => {
    fc.assert(
      fc.property(length, fc.nat(), (size, which) => {
        const { rows, witness } = kept(size);
        const received = witness.received.filter((_, index) => index !== which % witness.received.length);
        return judge(rows, [witness, { ...witness, name: 'ben', received }]).some((text) => text.startsWith('ben: was never given'));
      }),
    );
  });

  it('finds a row that came twice, or too late', () => {
    fc.assert(
      fc.property(length, fc.nat(), (size, which) => {
        const { rows, witness } = kept(size);
        const again = witness.received[which % (witness.received.length - 1)];
        if (!again) return false;
        const twice = judge(rows, [{ ...witness, received: [...witness.received, again] }]);
        const late = judge(rows, [{ ...witness, received: [...witness.received.filter((one) => one !== again), again] }]);
        return twice.some((text) => text.includes('twice')) && late.some((text) => text.includes(' after '));
      }),
    );
  });

  it('finds a writer’s rows the wrong way round, though the ids grow', () => {
    const { rows, witness } = kept(24);
    const [first, ...others] = witness.received;
    const moved = [...others, { ...(first ?? { table: '', key: '' }), id: '99' }];
    expect(judge(rows, [{ ...witness, received: moved }])[0]).toMatch(/was given row 0 of transaction 0 of writer 0 .* after row/);
  });

  it.each([
    ['what is not for the reader', { channels: ['role:red'] }, /which is for everyone/],
    ['what was never committed', { received: [{ id: '1', table: 'public.tasks', key: 'none' }] }, /never committed/],
    ['a count that is wrong', { told: { count: 3, capped: false } }, /the stream counts 3, expected/],
    ['a count that never came', { listed: undefined }, /REST counts nothing/],
    ['what a stream did', { faults: ['was told to reset'] }, /was told to reset/],
  ])('finds %s', (_, changed, breach) => {
    const { rows, witness } = kept(12);
    expect(judge(rows, [{ ...witness, ...changed }]).join('\n')).toMatch(breach);
  });

  it('owes a reader who came late what lies above the first cursor, and what began after it', () => {
    const { rows, witness } = kept(30);
    const late = { ...witness, name: 'late', since: 15n, sinceTime: 1_015, received: witness.received.filter(({ id }) => Number(id) > 15) };
    expect(judge(rows, [witness, late])).toEqual([]);
    expect(judge(rows, [witness, { ...late, sinceTime: 1_005 }]).join('\n')).toMatch(/began after its cursor 15 and was put at/);
  });
});
