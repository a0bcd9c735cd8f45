import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_PREFERENCES } from '../inbox/preferences.schemas.js';
import type { Entry } from '../journal/entry.js';
import { Frames, toFrames, toText } from './frame.js';

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

const parsed = ({ data }: { data?: unknown }): object[] => JSON.parse(data as string) as object[];

describe('frames', () => {
  it('hold every entry once, in order, each kind under its own event, the id being the last one’s', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 200 }), (all, maxCharacters) => {
        const frames = toFrames(all, 'here', maxCharacters);
        const told = frames.flatMap(({ message }) => parsed(message).map((value) => ({ event: message.type, json: JSON.stringify(value) })));
        expect(told).toEqual(all.map(({ kind, json }) => ({ event: kind === 'receipt' ? 'receipts' : 'notifications', json })));
        let taken = 0;
        for (const { position, message } of frames) {
          taken += parsed(message).length;
          expect(position).toBe(all[taken - 1]?.position);
          expect(message.id).toBe(`here-${position}`);
        }
      }),
    );
  });

  it('hold preferences each by itself and whole, in their place among the others', () => {
    const made = (['notification', 'preferences', 'preferences', 'receipt'] as const).map((kind, nth): Entry => ({
      position: BigInt(nth + 1), channels: ['user:ann'], kind, json: kind === 'preferences' ? `{"title": false, "volume": ${nth}}` : '{}', occurredAt: 0,
    }));
    const frames = toFrames(made, 'here', 1_000).map(({ message: { type, id } }) => [type, id]);
    expect(frames).toEqual([['notifications', 'here-1'], ['preferences', 'here-2'], ['preferences', 'here-3'], ['receipts', 'here-4']]);
    expect(JSON.parse(toFrames(made, 'here', 1_000)[1]?.message.data as string)).toEqual({ ...DEFAULT_PREFERENCES, title: false });
  });

  it('are as few as keep the order, and bounded unless one entry alone is larger', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 20, max: 200 }), (all, maxCharacters) => {
        for (const { message } of toFrames(all, 'here', maxCharacters)) {
          if (parsed(message).length > 1) expect((message.data as string).length).toBeLessThanOrEqual(maxCharacters + 2);
        }
        const changes = all.filter(({ kind }, index) => kind !== all[index - 1]?.kind).length;
        expect(toFrames(all, 'here', Infinity)).toHaveLength(changes);
      }),
    );
  });

  it('are the very same for the same entries of the same epoch, and no others', () => {
    const frames = new Frames(1_000);
    const [a, b, c] = ['a', 'b', 'c'].map((json, n): Entry => ({ position: BigInt(n + 1), channels: [], kind: 'notification', json: `"${json}"`, occurredAt: 0 }));
    if (!a || !b || !c) throw new Error('three entries were made');
    const first = frames.of([a, c], 'here');
    expect(frames.of([a, b, c], 'here')).not.toBe(first);
    expect(frames.of([a, c], 'there')[0]?.message.id).toBe('there-3');
    expect(frames.of([a, c], 'here')).toBe(first);
    expect(first).toMatchObject([{ position: 3n, message: { data: '["a","c"]' } }]);
    for (let n = 4; n < 30; n++) frames.of([{ ...a, position: BigInt(n) }], 'here', 'sifted');
    expect(frames.of([a, c], 'here')).toBe(first);
    for (let n = 4; n < 30; n++) frames.of([{ ...a, position: BigInt(n) }], 'here');
    expect(frames.of([a, c], 'here')).toEqual(first);
  });
});

describe('the text of a message', () => {
  it.each([
    [{ type: 'hello', id: 'e-1', retry: 2_000, data: { a: 1 } }, 'event: hello\nid: e-1\nretry: 2000\ndata: {"a":1}\n\n'],
    [{ type: 'notifications', id: 'e-2', data: '[{"title":"x\\ny"}]' }, 'event: notifications\nid: e-2\ndata: [{"title":"x\\ny"}]\n\n'],
    [{ comment: 'keepalive' }, ': keepalive\n\n'],
  ])('%j', (message, text) => {
    expect(toText(message as Parameters<typeof toText>[0])).toBe(text);
  });
});
