import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Sweep } from './sweep.js';

/** An outbox as PostgreSQL has it: transactions that draw an id when they write, and commit when they like. */
class Outbox {
  private xid = 100n;
  private lastEnded = 99n;
  private id = 0n;
  private readonly running = new Map<bigint, { ids: bigint[]; after: bigint[] }>();
  private rows: { id: bigint; xid: bigint }[] = [];
  /** Id to the ids that were committed before its transaction began. */
  readonly causes = new Map<bigint, bigint[]>();
  readonly committed: bigint[] = [];

  begin(): void {
    this.running.set(this.xid++, { ids: [], after: [...this.committed] });
  }

  write(which: number): void {
    const xids = [...this.running.keys()];
    const at = xids[which % xids.length];
    if (at !== undefined) this.running.get(at)?.ids.push(++this.id);
  }

  commit(which: number): void {
    const xids = [...this.running.keys()];
    const xid = xids[which % xids.length];
    const transaction = xid === undefined ? undefined : this.running.get(xid);
    if (xid === undefined || !transaction) return;
    this.running.delete(xid);
    if (xid > this.lastEnded) this.lastEnded = xid;
    for (const id of transaction.ids) {
      this.rows.push({ id, xid });
      this.causes.set(id, transaction.after);
      this.committed.push(id);
    }
  }

  look(sweep: Sweep, limit: number): bigint[] {
    const { above, seenBy } = sweep.next;
    // As PostgreSQL has it, xmax is one above the last that ended: one that still runs can be beyond it.
    const xmax = this.lastEnded + 1n;
    const xip = [...this.running.keys()].filter((xid) => xid < xmax);
    const snapshot = `${xip[0] ?? xmax}:${xmax}:${xip.join(',')}`;
    const [, seenXmax = '', list = ''] = (seenBy ?? snapshot).split(':');
    const isSeen = (xid: bigint): boolean => xid < BigInt(seenXmax) && !list.split(',').includes(String(xid));
    const taken = this.rows
      .filter(({ id, xid }) => id > above && isSeen(xid))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit);
    this.rows = this.rows.filter((row) => !taken.includes(row));
    const last = taken.at(-1);
    if (last) sweep.note({ highest: last.id, wasFull: taken.length === limit, snapshot });
    else sweep.startOver();
    return taken.map(({ id }) => id);
  }
}

describe('a sweep', () => {
  it('takes every change once, none before one that was committed when its transaction began', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('begin' as const) }),
      { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), which: fc.nat(9) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('commit' as const), which: fc.nat(9) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('look' as const) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const outbox = new Outbox();
        const sweep = new Sweep();
        const taken: bigint[] = [];
        for (const action of steps) {
          if (action.do === 'begin') outbox.begin();
          if (action.do === 'write') outbox.write(action.which);
          if (action.do === 'commit') outbox.commit(action.which);
          if (action.do === 'look') taken.push(...outbox.look(sweep, 2));
        }
        for (let n = 0; n < 10; n++) outbox.commit(0);
        for (let n = 0; n < 200; n++) taken.push(...outbox.look(sweep, 2));
        expect([...taken].sort()).toEqual([...outbox.committed].sort());
        const place = new Map(taken.map((id, index) => [id, index]));
        for (const id of taken) {
          for (const cause of outbox.causes.get(id) ?? []) expect(place.get(cause)).toBeLessThan(place.get(id) ?? -1);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
