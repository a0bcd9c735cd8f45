import { ExactNumber } from './exact-number.js';

const INTEGER = /^(-?)0*(\d+)$/;
const formats = new Map<string, Currency>();

interface Currency {
  /** Null: unknown to Intl. */
  format: Intl.NumberFormat | null;
  /** Digits of the minor unit: 2 for euro and cent, 0 for yen. */
  decimals: number;
}

/**
 * The Liquid filter `money`: an amount in minor units (cents) as text in its currency, exact to the last digit.
 * `{{ 123456 | money: "EUR" }}` is €1,234.56, and yen have no minor unit. The locale is the second argument, `en` by
 * default. A currency that Intl does not know is written behind the amount with two decimals; what is not a whole
 * number is returned as it came.
 */
export function money(amount: unknown, currency?: unknown, locale?: unknown): string {
  if (amount === null || amount === undefined) return '';
  const shown = textOf(amount);
  const found = INTEGER.exec(shown);
  if (!found) return shown;
  const code = textOf(currency ?? '').trim();
  const { format, decimals } = currencyOf(code, textOf(locale ?? 'en'));
  const decimal = shiftLeft(found[1] ?? '', found[2] ?? '0', decimals);
  // A string goes through Intl digit for digit, as ECMA-402 has it since 2023; the lib's type has no exact form of it.
  return format ? format.format(decimal as Intl.StringNumericLiteral) : `${decimal} ${code}`.trim();
}

function shiftLeft(sign: string, digits: string, decimals: number): string {
  if (decimals === 0) return sign + digits;
  const padded = digits.padStart(decimals + 1, '0');
  return `${sign}${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`;
}

function currencyOf(code: string, locale: string): Currency {
  const key = `${locale} ${code}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const format = createFormat(code, locale);
  const currency = { format, decimals: format?.resolvedOptions().maximumFractionDigits ?? 2 };
  // Both come from rows: a column of random text must not grow this without end.
  if (formats.size >= 500) formats.clear();
  formats.set(key, currency);
  return currency;
}

function createFormat(currency: string, locale: string): Intl.NumberFormat | null {
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency });
  } catch {
    return null;
  }
}

function textOf(value: unknown): string {
  if (value instanceof ExactNumber) return value.digits;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
