import { describe, expect, it } from '@jest/globals';
import { toBatch } from './batch.js';
import type { Change } from './outbox.js';
import type { Decided, Ring } from './outcome.js';
import type { Rendered } from './render.js';

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
  ...more,
});
const rendered = {
  channels: ['role:sales'], topic: 'a.b', severity: 'info', title: 'one', body: null, linkDropped: null, key: null, sourceTable: 't', sourceKey: '1',
} as unknown as Rendered;
const ring = (more: Partial<Ring> = {}): Ring => ({
  kind: 'notification',
  rendered,
  again: ({ count, latest }) => ({ severity: 'info', title: `${count} times`, body: latest.join() }),
  rule: { expire: null, digest: null, resolvable: false },
  drift: null,
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
