import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventStreamParser } from '../../test/support/event-stream-parser.js';
import { EventParser } from './event-parser.js';

const lines = fc.array(fc.constantFrom(
  ': keepalive', ':', 'event: notifications', 'event:x', 'data: {"a":"b: c"}', 'data', 'data:', 'data:  zwei, ', 'data: é✓🔔', 'data: \u2028 is no end', 'id: e-12', 'id:e-13', 'id',
  'id: a\0b', 'retry: 1000', 'unknown: 1', 'colonless', '', '', '',
));
const ends = fc.constantFrom('\n', '\r\n', '\r');

it('hears what a browser would, however the stream is cut', () => {
  fc.assert(fc.property(lines, ends, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (written, end, lengths) => {
    const text = written.map((line) => line + end).join('');
    const heard: unknown[] = [];
    let comments = 0;
    const parser = new EventParser({ onEvent: (type, data, lastEventId) => heard.push({ type, data, lastEventId }), onComment: () => comments++ });
    for (let at = 0; at < text.length;) {
      const length = lengths.next().value as number;
      parser.feed(text.slice(at, at + length));
      at += length;
    }
    const browser = new EventStreamParser();
    browser.feed(new TextEncoder().encode(text));
    // A last CR may be half of an end.
    if (end !== '\r') expect(comments).toBe(written.filter((line) => line.startsWith(':')).length);
    expect(heard).toEqual(browser.events);
  }));
});
