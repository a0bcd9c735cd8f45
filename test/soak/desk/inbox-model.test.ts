import { describe, expect, it } from '@jest/globals';
import { differences } from './differences.js';
import { InboxModel, type Item, lineOf, unreadAmong } from './inbox-model.js';

const NONE = { resolvedAt: null, claimedBy: null, escalatedAt: null, readAt: null, archivedAt: null, snoozedUntil: null, surfaced: null };
const item = (id: string, more: Partial<Item> = {}): Item => ({ id, position: id, topic: 'job.progress', title: id, occurrences: 1, ...NONE, ...more });

/** Of a device that had three when its list came, and went on from there. */
function three(): InboxModel {
  const inbox = new InboxModel();
  inbox.beginPages();
  inbox.takePages([item('3'), item('2', { readAt: 'then' }), item('1')]);
  return inbox;
}

describe('a device as the soak has it', () => {
  it('has what is raised on top and unread, and what is told of all where it is, as its admin had it', () => {
    const inbox = three();
    inbox.hear({ after: 3n, items: [item('1', { position: '4', occurrences: 2 }), item('2', { claimedBy: 'vic' })] });
    expect(inbox.lines.map(({ id, isRead, claimedBy }) => [id, isRead, claimedBy])).toEqual([['1', false, null], ['3', false, null], ['2', true, 'vic']]);
    expect(unreadAmong(inbox.lines, 'una')).toBe(2);
  });

  it('drops what is put away or withdrawn, but not what was raised since', () => {
    const inbox = three();
    inbox.hear({ after: 3n, items: [item('1', { position: '4' })] });
    inbox.hear({ after: 4n, receipts: [{ ids: ['1', '2'], asOf: '3', archived: true }, { ids: ['3'], asOf: '5', withdrawn: true }] });
    expect(inbox.ids).toEqual(['1']);
  });

  it('passes over what is told of one that was put away, until its admin has it back or it is raised', () => {
    const inbox = three();
    inbox.hear({ after: 3n, receipts: [{ ids: ['1', '2'], asOf: '3', snoozedUntil: 'soon' }] });
    inbox.hear({ after: 4n, items: [item('1', { claimedBy: 'vic' })] });
    expect(inbox.ids).toEqual(['3']);
    inbox.hear({ after: 5n, items: [item('1', { returned: true, surfaced: '6' }), item('2', { position: '7' })] });
    expect(inbox.ids).toEqual(['2', '1', '3']);
  });

  it('reads up to a place, and takes it back', () => {
    const inbox = three();
    inbox.hear({ after: 3n, items: [item('1', { returned: true, surfaced: '4' })] });
    inbox.hear({ after: 4n, receipts: [{ upTo: '3', read: true }] });
    expect(inbox.lines.map(({ isRead }) => isRead)).toEqual([false, true, true]);
    inbox.hear({ after: 5n, receipts: [{ ids: ['3'], asOf: '3', read: false }] });
    expect(inbox.lines.map(({ isRead }) => isRead)).toEqual([false, false, true]);
  });

  it('has what came while it asked for its list on top of that', () => {
    const inbox = three();
    inbox.beginPages();
    inbox.hear({ after: 3n, items: [item('4')] });
    inbox.hear({ after: 4n, receipts: [{ ids: ['2'], asOf: '4', archived: true }] });
    inbox.takePages([item('3'), item('2'), item('1')]);
    expect(inbox.ids).toEqual(['4', '3', '1']);
  });
});

describe('what a list is compared with', () => {
  const lines = three().lines;

  it('is found to be the same where it is', () => {
    expect(differences(lines, three().lines)).toEqual([]);
  });

  it.each<[string, Item[], RegExp]>([
    ['what is missing', [item('3'), item('1')], /^lacks 2 /],
    ['what is too much', [item('4'), item('3'), item('2', { readAt: 'now' }), item('1')], /^has 4 .*which SQL has not there/],
    ['what came twice', [item('3'), item('3'), item('2', { readAt: 'now' }), item('1')], /^has 1 twice/],
    ['what stands otherwise', [item('3'), item('2'), item('1')], /^has 2 .*isRead false instead of true/],
    ['another order', [item('2', { readAt: 'now' }), item('3'), item('1')], /^has all, in another order/],
  ])('finds %s', (_, found, breach) => {
    expect(differences(found.map(lineOf), lines)[0]).toMatch(breach);
  });
});
