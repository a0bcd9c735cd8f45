import { ExactNumber, stringifyExact } from './exact-number.js';

/** What `{{ }}` prints: nothing for null, digits for numbers, JSON for objects and lists, which text can't hold otherwise. */
export function printValue(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof ExactNumber) return value.digits;
  return typeof value === 'object' && value !== null ? stringifyExact(value) : '';
}
