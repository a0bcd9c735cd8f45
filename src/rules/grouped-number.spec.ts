import { describe, expect, it } from '@jest/globals';
import { ExactNumber, parseExact } from './exact-number.js';
import { grouped } from './grouped-number.js';

describe('a grouped number', () => {
  it.each([
    [0, undefined, '0'],
    [1_204, undefined, '1,204'],
    ['-1234567.5', undefined, '-1,234,567.5'],
    [1_204, 'de', '1.204'],
    [1_204, 'no such locale', '1,204'],
    ['twelve', undefined, 'twelve'],
    [null, undefined, ''],
    [{}, undefined, ''],
  ])('of %j in %s is %s', (value, locale, expected) => expect(grouped(value, locale)).toBe(expected));

  it('keeps every digit', () => {
    const exact = parseExact('123456789012345678901234.50');
    expect(exact).toBeInstanceOf(ExactNumber);
    expect(grouped(exact)).toBe('123,456,789,012,345,678,901,234.5');
  });
});
