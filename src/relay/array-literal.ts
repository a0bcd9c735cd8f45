// Arrays as PostgreSQL reads them, each element picked from an item. `pg` makes such literals itself, at several times the cost: a
// batch of the relay's is some ten thousand values. Each kind has a loop of its own, as one for all is twice as slow.

type Pick<T, V> = (item: T) => V | null | undefined;

/** Of text. */
export function texts<T>(items: readonly T[], pick: Pick<T, string>): string {
  let shown = '';
  for (const item of items) {
    const text = pick(item);
    shown += typeof text !== 'string' ? ',NULL' : NEEDS_CARE.test(text) ? `,"${text.replace(/["\\]/g, '\\$&')}"` : `,"${text}"`;
  }
  return `{${shown.slice(1)}}`;
}

const NEEDS_CARE = /["\\]/;

/** Of JSON, which escapes control characters and half surrogate pairs itself: quoted once more it is an element. */
export function jsons<T>(items: readonly T[], pick: Pick<T, string>): string {
  let shown = '';
  for (const item of items) {
    const json = pick(item);
    shown += typeof json !== 'string' ? ',NULL' : `,${JSON.stringify(json)}`;
  }
  return `{${shown.slice(1)}}`;
}

/** Of numbers or booleans. */
export function plain<T>(items: readonly T[], pick: Pick<T, bigint | number | boolean>): string {
  let shown = '';
  for (const item of items) shown += `,${pick(item) ?? 'NULL'}`;
  return `{${shown.slice(1)}}`;
}

/** Of times, to the millisecond. */
export function times<T>(items: readonly T[], pick: Pick<T, Date>): string {
  let shown = '';
  for (const item of items) shown += `,${pick(item)?.toISOString() ?? 'NULL'}`;
  return `{${shown.slice(1)}}`;
}

/** A text[] as an element of a text[]: arrays of different lengths can't be sent as one array of arrays. */
export function arrayLiteral(elements: readonly string[]): string {
  return texts(elements, (text) => text);
}
