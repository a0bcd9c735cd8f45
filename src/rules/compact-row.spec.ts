import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Captures } from './captures.js';
import { compactOf, CompactRows, isCompact, keyIsInside } from './compact-row.js';

function capturing(columns: Record<string, string>, ...key: string[]): Captures {
  return { columns: Object.entries(columns).map(([name, type]) => ({ name, type, comparable: true })), asked: [], key };
}

describe('a compact row', () => {
  it('is the row that jsonb would print as an object, digit for digit', () => {
    const rows = new CompactRows(capturing({ amount: 'numeric', id: 'bigint', 'é"': 'text', name: 'text' }, 'id'));
    expect(rows.read('[9223372036854775807, "a, \\"b\\\\", "[}", 19.90]')).toEqual({
      row: '{"id": 9223372036854775807, "é\\"": "a, \\"b\\\\", "name": "[}", "amount": 19.90}', key: '9223372036854775807',
    });
  });

  it('holds whatever JSON holds', () => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, nth) => `c${1_000 + nth}`);
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), (values) => {
        const columns = names(values.length);
        const rows = new CompactRows(capturing(Object.fromEntries(columns.map((name) => [name, 'jsonb']))));
        const printed = `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
        expect(JSON.parse(rows.read(printed).row)).toEqual(JSON.parse(JSON.stringify(Object.fromEntries(columns.map((name, nth) => [name, values[nth]])))));
      }),
    );
  });

  it('has its key inside where its text is the same in JSON', () => {
    const key = (type: string, value: string): string | null => new CompactRows(capturing({ id: type }, 'id')).read(`[${value}]`).key;
    expect(key('bigint', '7')).toBe('7');
    expect(key('numeric', '1.50')).toBe('1.50');
    expect(key('text', String.raw`"a\"\\b"`)).toBe(String.raw`a"\b`);
    expect(key('boolean', 'true')).toBe('true');
    expect(key('timestamp with time zone', '"2026-01-01T00:00:00+00:00", "2026-01-01 00:00:00+00"')).toBe('2026-01-01 00:00:00+00');
    expect(keyIsInside(capturing({ a: 'text', b: 'text' }, 'a', 'b'))).toBe(false);
    expect(keyIsInside(capturing({ a: 'text' }))).toBe(false);
  });

  it('has a key that is no column after its columns, and is read where an earlier version has put that beside it', () => {
    const two = capturing({ b: 'text', a: 'integer' }, 'a', 'b');
    expect(compactOf('new', two)).toMatch(/^pg_catalog\.jsonb_build_array\(new\."a", new\."b", pg_catalog\.concat_ws\(/);
    const row = '{"a": 1, "b": "x"}';
    expect(new CompactRows(two).read('[1, "x", "1,x"]')).toEqual({ row, key: '1,x' });
    expect(new CompactRows(two).read('[1, "x"]')).toEqual({ row, key: null });
    expect(() => new CompactRows(two).read('[1, "x", "1,x", 2]')).toThrow('found 4 captured values, expected 2 or 3');
    expect(compactOf('new', capturing({ a: 'text' }))).toBe('pg_catalog.jsonb_build_array(new."a")');
  });

  it('is told from an object', () => {
    expect([isCompact('[1]'), isCompact('{"a": [1]}'), isCompact(null)]).toEqual([true, false, false]);
    expect(() => new CompactRows(capturing({ id: 'bigint' })).read('[1, 2]')).toThrow('found 2 captured values, expected 1');
    expect(new CompactRows(capturing({})).read('[]').row).toBe('{}');
  });

  it('takes as many columns as a table has', () => {
    const columns = Object.fromEntries(Array.from({ length: 250 }, (_, nth) => [`c${nth}`, 'integer']));
    expect(compactOf('new', capturing(columns)).match(/jsonb_build_array/g)).toHaveLength(3);
  });
});
