// Arrays as PostgreSQL takes them in binary, each element picked from an item: a batch of the relay's is some ten thousand values.
// As text they cost the server their parsing, and the process as much garbage again. What none of the items has takes no room
// beside what the others have: `unnest` makes it null.

type Pick<T, V> = (item: T) => V | null | undefined;
/** None of the items has one. */
const NONE = '{}';
/** Of an array of one dimension, before its elements. */
const HEADER = 20;
/** Since 1970, of PostgreSQL's epoch. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
/** Most bytes that an element of a fixed size takes, its length with it. */
const WIDEST = 12;
const OID = { boolean: 16, bigint: 20, integer: 23, text: 25, timestamptz: 1184, jsonb: 3802 } as const;

/** Most that is kept for the next one. */
const KEPT_BYTES = 1024 * 1024;

/** Where an array is put together, one at a time. What is given away is a copy, or has it all. */
let scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** Of text. */
export function texts<T>(items: readonly T[], pick: Pick<T, string>): Buffer | string {
  return variable(items, pick, OID.text, 0);
}

/** Of JSON. */
export function jsons<T>(items: readonly T[], pick: Pick<T, string>): Buffer | string {
  return variable(items, pick, OID.jsonb, 1);
}

export function bigints<T>(items: readonly T[], pick: Pick<T, bigint>): Buffer | string {
  return fixed(items, pick, OID.bigint, 8, (value, at) => scratch.writeBigInt64BE(value, at));
}

export function integers<T>(items: readonly T[], pick: Pick<T, number>): Buffer | string {
  return fixed(items, pick, OID.integer, 4, (value, at) => scratch.writeInt32BE(value, at));
}

export function booleans<T>(items: readonly T[], pick: Pick<T, boolean>): Buffer | string {
  return fixed(items, pick, OID.boolean, 1, (value, at) => scratch.writeUInt8(value ? 1 : 0, at));
}

/** Of times, to the millisecond. */
export function times<T>(items: readonly T[], pick: Pick<T, Date>): Buffer | string {
  return fixed(items, pick, OID.timestamptz, 8, (value, at) => {
    const microseconds = (value.getTime() - EPOCH_MS) * 1_000;
    if (!Number.isSafeInteger(microseconds)) return scratch.writeBigInt64BE(BigInt(value.getTime() - EPOCH_MS) * 1_000n, at);
    scratch.writeInt32BE(Math.floor(microseconds / 0x1_0000_0000), at);
    return scratch.writeUInt32BE(microseconds >>> 0, at + 4);
  });
}

/** A text[] as an element of a text[], as text: arrays of different lengths can't be sent as one array of arrays. */
export function arrayLiteral(elements: readonly string[]): string {
  let shown = '';
  for (const text of elements) shown += NEEDS_CARE.test(text) ? `,"${text.replace(/["\\]/g, '\\$&')}"` : `,"${text}"`;
  return `{${shown.slice(1)}}`;
}

const NEEDS_CARE = /["\\]/;

function fixed<T, V>(items: readonly T[], pick: Pick<T, V>, oid: number, size: number, put: (value: V, at: number) => number): Buffer | string {
  makeRoom(0, HEADER + items.length * WIDEST);
  let at = HEADER;
  let nulls = 0;
  for (const item of items) {
    const value = pick(item) ?? null;
    if (value === null) nulls++;
    else put(value, at + 4);
    scratch.writeInt32BE(value === null ? -1 : size, at);
    at += value === null ? 4 : 4 + size;
  }
  return finished(oid, items.length, nulls, at);
}

/** @param version the first byte of each, 0 where there is none such */
function variable<T>(items: readonly T[], pick: Pick<T, string>, oid: number, version: number): Buffer | string {
  let at = HEADER;
  let nulls = 0;
  for (const item of items) {
    const text = pick(item) ?? null;
    // A character is three bytes at most, or four where it is two.
    makeRoom(at, at + 5 + (text === null ? 0 : text.length * 3));
    let length = -1;
    if (text === null) nulls++;
    else {
      if (version > 0) scratch[at + 4] = version;
      const before = version > 0 ? 1 : 0;
      length = before + scratch.write(text, at + 4 + before);
    }
    scratch.writeInt32BE(length, at);
    at += 4 + Math.max(length, 0);
  }
  return finished(oid, items.length, nulls, at);
}

function makeRoom(used: number, size: number): void {
  if (size <= scratch.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(size, 2 * scratch.length));
  scratch.copy(larger, 0, 0, used);
  scratch = larger;
}

function finished(oid: number, length: number, nulls: number, end: number): Buffer | string {
  if (nulls === length) return NONE;
  [1, nulls > 0 ? 1 : 0, oid, length, 1].forEach((value, nth) => scratch.writeInt32BE(value, 4 * nth));
  if (scratch.length <= KEPT_BYTES) return Buffer.from(scratch.subarray(0, end));
  const whole = scratch.subarray(0, end);
  scratch = Buffer.allocUnsafeSlow(64 * 1024);
  return whole;
}
