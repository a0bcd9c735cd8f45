import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Entry } from '../journal/entry.js';
import { toFrames } from './frame.js';

const entries = fc
  .array(fc.record({ kind: fc.constantFrom('notification' as const, 'receipt' as const), text: fc.string({ maxLength: 30 }) }))
  .map((made) =>
    made.map(({ kind, text }, index): Entry => ({
      position: BigInt(index + 1),
      channels: ['everyone'],
      kind,
      json: JSON.stringify({ text }),
      occurredAt: 0,
    })),
  );

describe('frames', () => {
  it('hold every entry once, in order, each kind under its own event, the id being the last one’s', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 200 }), (all, maxCharacters) => {
        const frames = toFrames(all, maxCharacters);
        const told = frames.flatMap(({ event, data }) => (JSON.parse(data) as object[]).map((value) => ({ event, json: JSON.stringify(value) })));
        expect(told).toEqual(all.map(({ kind, json }) => ({ event: kind === 'receipt' ? 'receipts' : 'notifications', json })));
        let taken = 0;
        for (const { position, data } of frames) {
          taken += (JSON.parse(data) as object[]).length;
          expect(position).toBe(all[taken - 1]?.position);
        }
      }),
    );
  });

  it('are as few as keep the order, and bounded unless one entry alone is larger', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 20, max: 200 }), (all, maxCharacters) => {
        for (const { data } of toFrames(all, maxCharacters)) {
          const held = (JSON.parse(data) as object[]).length;
          if (held > 1) expect(data.length).toBeLessThanOrEqual(maxCharacters + 2);
        }
        const changes = all.filter(({ kind }, index) => kind !== all[index - 1]?.kind).length;
        expect(toFrames(all, Infinity)).toHaveLength(changes);
      }),
    );
  });
});
