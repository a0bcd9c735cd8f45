import { compareNumber, isNumber, parse, stringify } from 'lossless-json';

/**
 * A JSON number that a JavaScript number can't hold digit for digit: an id beyond 2^53, or a numeric's 19.90.
 * It prints all its digits, compares exactly in Liquid's conditions (its `Comparable`), and is an ordinary number to
 * Liquid's arithmetic filters.
 */
export class ExactNumber {
  constructor(readonly digits: string) {}

  toString(): string {
    return this.digits;
  }

  valueOf(): number {
    return Number(this.digits);
  }

  equals(other: unknown): boolean {
    return this.compare(other) === 0;
  }

  gt(other: unknown): boolean {
    return this.compare(other) === 1;
  }

  geq(other: unknown): boolean {
    return (this.compare(other) ?? -1) >= 0;
  }

  lt(other: unknown): boolean {
    return this.compare(other) === -1;
  }

  leq(other: unknown): boolean {
    return (this.compare(other) ?? 1) <= 0;
  }

  /** Undefined: not comparable, and so neither equal, less nor greater. */
  private compare(other: unknown): -1 | 0 | 1 | undefined {
    if (!(other instanceof ExactNumber) && typeof other !== 'number') return undefined;
    const digits = String(other);
    return isNumber(digits) ? compareNumber(this.digits, digits) : undefined;
  }
}

// Below 16 digits an integer is safe. Anything that looks like a longer, fractional or exponential number, in a string
// or not, takes the careful way; the rest takes the fast one.
const NEEDS_CARE = /\d{16}|\d[.eE]/;

/** Parses the jsonb text of a change. Numbers that would lose a digit become `ExactNumber`s. */
export function parseExact(text: string): unknown {
  return NEEDS_CARE.test(text) ? parse(text, null, exactNumber) : (JSON.parse(text) as unknown);
}

/** The counterpart of `parseExact`. */
export function stringifyExact(value: unknown, space?: number): string {
  const digitsOf = { test: (item: unknown) => item instanceof ExactNumber, stringify: String };
  return stringify(value, null, space, [digitsOf]) ?? 'null';
}

function exactNumber(digits: string): number | ExactNumber {
  const number = Number(digits);
  return String(number) === digits ? number : new ExactNumber(digits);
}
