import { describe, expect, it } from '@jest/globals';
import { type Batch, toBatch } from './batch.js';
import type { OpenNotification } from './open-notifications.js';
import type { Change } from './outbox.js';
import type { Decided, Outcome, Ring } from './outcome.js';
import type { Rendered } from './rendered.js';

const change = (id: string, more: Partial<Change> = {}): Change => ({
  id,
  rule: 1,
  operation: 'insert',
  key: id,
  old: null,
  new: null,
  receipt: null,
  capture: null,
  resolves: false,
  transaction: '9',
  captured_at: new Date(1_000),
  committed_at: null,
  db_role: 'app',
  application: 'psql',
  actor: null,
  test_for: null,
  bulk_rows: null,
  bulk_first: null,
  ...more,
});
const rendered = {
  channels: ['role:sales'], topic: 'a.b', severity: 'info', title: 'one', body: null, linkDropped: null, key: null, sourceTable: 't', sourceKey: '1',
  escalation: null,
} as unknown as Rendered;
const ring = (more: Partial<Ring> = {}): Ring => ({
  kind: 'notification',
  rendered,
  again: ({ count, latest }) => ({ severity: 'info', title: `${count} times`, body: latest.join() }),
  rule: { expire: null, digest: null, resolvable: false },
  drift: null,
  count: 1,
  ...more,
});

describe('a batch', () => {
  it('gives positions in order to what is told, and to nothing else', () => {
    const decided: Decided[] = [
      { change: change('1'), outcome: ring() },
      { change: change('2'), outcome: { kind: 'nobody' } },
      { change: change('3'), outcome: { kind: 'failed', reason: 'no such field' } },
      { change: change('4', { rule: null, receipt: { user: 'ann', upTo: '7', read: true } }), outcome: { kind: 'receipt' } },
      { change: change('5', { committed_at: new Date(2_000) }), outcome: ring({ drift: 'drift: gone' }) },
    ];
    const batch = toBatch(decided, 10n);
    expect(batch.position).toBe(13n);
    expect(batch.journal).toMatchObject([
      { position: 11n, channels: ['role:sales'], notification: 11n, receipt: null, occurredAt: new Date(1_000) },
      { position: 12n, channels: ['user:ann'], notification: null, receipt: '{"upTo":"7","read":true}' },
      { position: 13n, notification: 13n, occurredAt: new Date(2_000) },
    ]);
    expect(batch.notifications.map(({ id }) => id)).toEqual([11n, 13n]);
    expect(batch.failures).toMatchObject([{ change: { id: '3' }, reason: 'no such field' }]);
    expect([...batch.tallies]).toEqual([[1, { fired: 2, failed: 1, lastError: 'no such field', drift: 'drift: gone' }]]);
  });

  it('tells a notification whose link was dropped, and notes the reason with its rule', () => {
    const dropped = { ...rendered, linkDropped: 'link: found "javascript:"' };
    const batch = toBatch([{ change: change('1'), outcome: ring({ rendered: dropped }) }], 0n);
    expect(batch.notifications).toHaveLength(1);
    expect([...batch.tallies]).toEqual([[1, { fired: 1, failed: 0, lastError: dropped.linkDropped, drift: null }]]);
  });
});

describe('what lives on', () => {
  const keyed = { ...rendered, key: 'k' };
  const row = (key: string): Outcome => ({ kind: 'resolve', topic: 'a.b', table: 't', by: 'row', key });
  const before = {
    id: 3n, position: 7n, topic: 'a.b', key: 'k', sourceTable: 't', sourceKey: '1', channels: ['role:sales'], occurrences: 4,
    latest: ['four', 'three'], windowEndsAt: null, purged: false, resolvable: false, claimed: false, escalateAt: null, escalateTo: [], escalatedAt: null,
  };
  const batchOf = (outcomes: Outcome[], open: OpenNotification[] = []): Batch =>
    toBatch(outcomes.map((outcome, index) => ({ change: change(String(index + 1)), outcome })), 10n, open);

  it('is one notification and one entry, however often a batch raises it, where it did so last', () => {
    const batch = batchOf([ring({ rendered: keyed }), ring(), ring({ rendered: keyed })]);
    expect(batch.notifications).toMatchObject([
      { id: 12n, position: 12n, occurrences: 2, content: { rendered: { title: '2 times' } } }, { id: 11n, occurrences: 1 },
    ]);
    expect(batch.journal).toMatchObject([{ position: 11n, notification: 11n }, { position: 12n, notification: 12n, raisedFrom: null }]);
  });

  it('goes on from what is in the tables', () => {
    const batch = batchOf([ring({ rendered: keyed })], [before]);
    expect(batch.notifications).toMatchObject([{ id: 3n, position: 11n, occurrences: 5, latest: ['one', 'four', 'three'] }]);
    expect(batch.journal).toMatchObject([{ position: 11n, notification: 3n, raisedFrom: 7n, readdressed: false }]);
  });

  it('is withdrawn from who loses it, before it is told to the others', () => {
    const batch = batchOf([ring({ rendered: { ...keyed, channels: ['user:ann', 'role:sales'] } }), ring({ rendered: { ...keyed, channels: ['user:ann'] } })], [before]);
    expect(batch.journal).toMatchObject([
      { position: 11n, channels: ['role:sales'], notification: null, receipt: '{"ids":["3"],"asOf":"7","withdrawn":true}' },
      { position: 12n, channels: ['user:ann'], notification: 3n, raisedFrom: 7n, readdressed: true },
    ]);
  });

  it('ends once, and what comes after is another', () => {
    const batch = batchOf([ring(), row('1'), row('1'), ring(), row('2')]);
    expect(batch.journal).toMatchObject([{ notification: 11n }, { position: 12n, notification: 11n }, { position: 13n, notification: 13n }]);
    expect(batch.notifications).toMatchObject([{ id: 11n, resolved: { at: new Date(1_000), by: 'app' } }, { id: 13n, resolved: undefined }]);
    const byKey = batchOf([{ ...row('k'), by: 'key' } as Outcome, ring({ rendered: keyed })], [before]);
    expect(byKey.notifications).toMatchObject([{ id: 3n, position: 7n, resolved: { by: 'app' }, content: undefined }, { id: 12n, occurrences: 1 }]);
  });

  it('gives its key to another when its window has ended, or when it is purged', () => {
    const digest = ring({ rendered: keyed, rule: { expire: 60, digest: 300, resolvable: false } });
    expect(batchOf([digest], [{ ...before, windowEndsAt: new Date(1_001) }]).notifications).toMatchObject([{ id: 3n, position: 11n, occurrences: 5 }]);
    for (const ended of [{ ...before, windowEndsAt: new Date(1_000) }, { ...before, purged: true, windowEndsAt: new Date(9_000) }]) {
      expect(batchOf([digest], [ended]).notifications).toMatchObject([
        { id: 3n, released: true, content: undefined },
        { id: 11n, released: false, windowEndsAt: new Date(301_000), content: { expiresAt: new Date(61_000) } },
      ]);
    }
  });

  describe('that is due to be escalated', () => {
    const waiting = { ...before, escalateTo: ['role:lead', 'role:sales'] };
    const due: Outcome = { kind: 'escalate', notification: 3n };
    const time = new Date(1_000);

    it('goes to more, unread and on top, and counts no further change', () => {
      const batch = batchOf([due], [waiting]);
      expect(batch.notifications).toMatchObject([
        { id: 3n, position: 11n, channels: ['role:sales', 'role:lead'], occurrences: 4, escalation: 'told', escalatedAt: time, escalateAt: null, content: undefined },
      ]);
      expect(batch.journal).toMatchObject([{ position: 11n, channels: ['role:sales', 'role:lead'], notification: 3n, raisedFrom: 7n, readdressed: true, receipt: null }]);
    });

    it('is told once where it rings in the same batch, and keeps whom it has come to', () => {
      const ringing = ring({ rendered: { ...keyed, escalation: { after: 60, to: ['role:lead'] } } });
      for (const outcomes of [[due, ringing], [ringing, due]]) {
        const batch = batchOf(outcomes, [waiting]);
        expect(batch.journal).toMatchObject([{ position: 11n, raisedFrom: 7n, readdressed: true }]);
        expect([...(batch.journal[0]?.channels ?? [])].sort()).toEqual(['role:lead', 'role:sales']);
        expect(batch.notifications).toMatchObject([{ occurrences: 5, escalatedAt: time, escalateAt: null, content: {} }]);
      }
      // The rule escalates to nobody any more: that is for what rings from now on.
      expect(batchOf([ring({ rendered: keyed })], [{ ...waiting, escalatedAt: time }]).notifications).toMatchObject([
        { channels: ['role:sales', 'role:lead'], escalateTo: ['role:lead', 'role:sales'], escalatedAt: time },
      ]);
    });

    it('is put off while somebody has taken it on', () => {
      const batch = batchOf([due], [{ ...waiting, claimed: true }]);
      expect(batch.notifications).toMatchObject([{ escalation: 'put off', escalateAt: time, escalatedAt: null, channels: ['role:sales'] }]);
      expect([batch.journal, batch.position]).toEqual([[], 10n]);
    });

    it.each([
      ['was resolved before it', [{ ...row('k'), by: 'key' } as Outcome, due], [waiting], 1],
      ['has been escalated', [due], [{ ...waiting, escalatedAt: time }], 0],
      ['goes to nobody else by now', [due], [before], 0],
      ['is purged', [due], [{ ...waiting, purged: true }], 0],
      ['is gone', [due], [], 0],
    ])('is not told where it %s', (_what, outcomes, open, entries) => {
      expect(batchOf(outcomes, open).journal).toHaveLength(entries);
    });

    it('has its clock from the first ring on, for whom the last says', () => {
      const to = (...channels: string[]): Outcome => ring({ rendered: { ...keyed, escalation: { after: 60, to: channels } } });
      expect(batchOf([to('role:lead')]).notifications).toMatchObject([{ escalateAt: new Date(61_000), escalateTo: ['role:lead'] }]);
      const escalateAt = new Date(5_000);
      expect(batchOf([to('role:boss')], [{ ...waiting, escalateAt }]).notifications).toMatchObject([{ escalateAt, escalateTo: ['role:boss'], channels: ['role:sales'] }]);
      expect(batchOf([ring({ rendered: keyed })], [{ ...waiting, escalateAt }]).notifications).toMatchObject([{ escalateAt: null, escalateTo: [] }]);
    });

    it('is not taken for one that its row resolves', () => {
      const unresolvable = { ...waiting, key: null };
      expect(batchOf([due, row('1')], [unresolvable]).journal).toHaveLength(1);
      expect(batchOf([due, row('1')], [{ ...unresolvable, resolvable: true }]).journal).toHaveLength(2);
    });
  });

  it('parks a change whose words fail now that it has rung before', () => {
    const again = (): never => {
      throw new Error('too long a loop');
    };
    const batch = batchOf([ring({ rendered: keyed, again })], [before]);
    expect(batch.failures).toMatchObject([{ reason: 'too long a loop' }]);
    expect([batch.notifications, batch.journal, batch.position]).toEqual([[], [], 10n]);
  });
});
