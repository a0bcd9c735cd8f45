import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyReceipt, covers, type Change } from './items.js';
import { compareIds, placeOf, type Notification } from './wire.js';

const at = '2026-11-24T10:00:00.000Z';
const earlier = '2026-11-23T10:00:00.000Z';

const id = fc.nat(12).map(String);
const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(some);
const item = fc.record({ id, surfaced: maybe(id), readAt: maybe(fc.constant(earlier)), seenAt: maybe(fc.constant(earlier)) }).map((own): Notification => ({
  position: own.id, topic: 'order.created', severity: 'info', title: 'New order', body: null, link: null, source: null, actor: null, occurrences: 1,
  createdAt: earlier, updatedAt: earlier, resolvedAt: null, resolvedBy: null, claimedBy: null, expiresAt: null, archivedAt: null, snoozedUntil: null, ...own,
}));
const list = fc.uniqueArray(item, { selector: (one) => one.id }).map((some) => some.sort((a, b) => compareIds(placeOf(b), placeOf(a))));
const change: fc.Arbitrary<Change> = fc.record({
  ids: fc.array(id, { maxLength: 4 }), upTo: id, asOf: id, read: fc.boolean(), seen: fc.boolean(), archived: fc.boolean(), withdrawn: fc.boolean(),
  set: fc.constant({ claimedBy: 'ann' }),
}, { requiredKeys: [] });

/** The same, one after the other. */
function plainly(items: readonly Notification[], { read, seen, archived, withdrawn, set, ...which }: Change): Notification[] {
  return items.flatMap((one) => {
    if (!covers(which, one)) return [one];
    if (archived === true || withdrawn === true) return [];
    const moment = (known: string | null, now?: boolean): string | null => (now === undefined ? known : now ? (known ?? at) : null);
    return [{ ...one, readAt: moment(one.readAt, read), seenAt: moment(one.seenAt, read === true ? true : seen), ...set }];
  });
}

describe("an admin's change", () => {
  it('does to each that it speaks of what it says, and leaves what it does not change as the same object', () => {
    fc.assert(fc.property(list, change, (items, asked) => {
      const after = applyReceipt(items, asked, at);
      expect(after).toEqual(plainly(items, asked));
      const known = new Map(items.map((one) => [one.id, one]));
      for (const one of after) {
        const before = known.get(one.id);
        if (!asked.set && before?.readAt === one.readAt && before.seenAt === one.seenAt) expect(one).toBe(before);
      }
    }));
  });

  it('that changes nothing is the same list', () => {
    fc.assert(fc.property(list, change, (items, asked) => {
      const once = applyReceipt(items, asked, at);
      if (!asked.set) expect(applyReceipt(once, asked, at)).toBe(once);
    }));
  });
});
