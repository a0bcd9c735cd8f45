import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ExactNumber } from './exact-number.js';
import { money } from './money.js';

describe('money', () => {
  it.each([
    [123456, 'EUR', undefined, '€1,234.56'],
    [5, 'USD', undefined, '$0.05'],
    [-5, 'USD', undefined, '-$0.05'],
    [0, 'GBP', undefined, '£0.00'],
    [1500, 'JPY', undefined, '¥1,500'],
    [1234, 'KWD', undefined, 'KWD 1.234'],
    [123456, 'EUR', 'de', '1.234,56 €'],
    ['990', 'eur', undefined, '€9.90'],
    [new ExactNumber('9007199254740993'), 'EUR', undefined, '€90,071,992,547,409.93'],
    [1999, 'gold', undefined, '19.99 gold'],
    [1999, null, undefined, '19.99'],
    [1999, 'EUR', 'no such locale!', '19.99 EUR'],
    [null, 'EUR', undefined, ''],
    [undefined, 'EUR', undefined, ''],
    ['soon', 'EUR', undefined, 'soon'],
    [19.5, 'EUR', undefined, '19.5'],
  ])('%s %s %s', (amount, currency, locale, expected) => {
    // Intl puts no-break spaces between amount and currency.
    expect(money(amount, currency, locale).replace(/[\u00a0\u202f]/g, ' ')).toBe(expected);
  });

  it('loses no digit, however large the amount', () => {
    fc.assert(
      fc.property(fc.bigInt(), (cents) => {
        const shown = money(new ExactNumber(String(cents)), 'EUR').replace(/[^\d-]/g, '');
        expect(BigInt(shown)).toBe(cents);
      }),
    );
  });
});
