import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { WIRE_TYPES } from './wire-types.js';

const TIMESTAMPTZ = 1184;
const TEXTS = 1009;
type ParserOf = (oid: number) => (text: string) => unknown;
const asWire = (oid: number, text: string): unknown => (WIRE_TYPES.getTypeParser as ParserOf)(oid)(text);
const asPg = (oid: number, text: string): unknown => (pg.types.getTypeParser as ParserOf)(oid)(text);

describe('how a row of the journal is read', () => {
  it('gives a time as a Date shows it, whatever it has behind the second', () => {
    const fractions = ['', '.1', '.05', '.123', '.999', '.1239', '.000001', '.999999', ...Array.from({ length: 1_000 }, (_, ms) => `.${String(ms).padStart(3, '0')}`)];
    const days = ['2026-11-29 23:59:59', '1969-12-31 00:00:00', '0001-01-01 12:30:00'];
    for (const text of days.flatMap((day) => fractions.map((fraction) => `${day}${fraction}+00`))) {
      expect(asWire(TIMESTAMPTZ, text)).toBe((asPg(TIMESTAMPTZ, text) as Date).toISOString());
    }
  });

  it.each(['10000-01-01 00:00:00+00', '0044-03-15 12:00:00+00 BC', '2026-11-29 13:00:00.5+02'])('gives %s as a Date shows it', (text) => {
    expect(asWire(TIMESTAMPTZ, text)).toBe((asPg(TIMESTAMPTZ, text) as Date).toISOString());
  });

  it.each(['{}', '{role:sales}', '{everyone,role:sales}', '{"user:a b"}', '{"user:a,\\"b\\\\"}', '{NULL}', '{"NULL"}', '{é}', '{""}'])('gives %s as it is, also twice', (text) => {
    expect(asWire(TEXTS, text)).toEqual(asPg(TEXTS, text));
    expect(asWire(TEXTS, text)).toEqual(asPg(TEXTS, text));
    expect(asWire(TEXTS, '{other}')).toEqual(['other']);
  });
});
