import { ExactNumber } from './exact-number.js';

const formats = new Map<string, Intl.NumberFormat>();

/**
 * The Liquid filter `number`: digits in groups, 1,204 rather than 1204, exact however long. The locale is the argument, `en`
 * by default; what is no number is returned as it came.
 */
export function grouped(value: unknown, locale?: unknown): string {
  const text = value instanceof ExactNumber ? value.digits : typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text;
  // A string goes through Intl digit for digit; the lib's type has no exact form of it.
  return formatOf(typeof locale === 'string' ? locale : 'en').format(text as Intl.StringNumericLiteral);
}

function formatOf(locale: string): Intl.NumberFormat {
  const known = formats.get(locale);
  if (known) return known;
  let format: Intl.NumberFormat;
  try {
    format = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 });
  } catch {
    format = new Intl.NumberFormat('en', { maximumFractionDigits: 20 });
  }
  // A locale may come from a row: a column of random text must not grow this without end.
  if (formats.size >= 500) formats.clear();
  formats.set(locale, format);
  return format;
}
