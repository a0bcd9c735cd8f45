import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { arrayLiteral, bigints, booleans, integers, jsons, texts, times } from '../../src/relay/arrays.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const self = <T>(item: T): T => item;
/** As the relay has it read, beside an array that is as long and has no nulls. */
async function read(array: Buffer | string, type: string, length: number): Promise<unknown[]> {
  const { rows } = await client.query<{ read: unknown }>(`select read from unnest($1::${type}[], array(select generate_series(1, $2::int))) as r (read, nth)`, [array, length]);
  return rows.map((row) => row.read);
}

describe('an array as PostgreSQL reads it', () => {
  // What PostgreSQL's text can't hold never gets there.
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.array(fc.constantFrom('"', '\\', '{', '}', ',', 'NULL', ' ', '\n', '\t', "'", 'é', '😀')).map((parts) => parts.join('')),
  ).map((any) => any.replaceAll('\0', ''));

  it('holds texts and JSON as they were', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text)), async (some) => {
        expect(await read(texts(some, self), 'text', some.length)).toEqual(some);
        const lists = some.map((one) => (one === null ? null : arrayLiteral([one, 'x'])));
        expect(await read(texts(lists, self), 'text', some.length)).toEqual(lists);
        const values = some.map((one) => (one === null ? null : { [one]: [one, null] }));
        expect(await read(jsons(values, (value) => value && JSON.stringify(value)), 'jsonb', some.length)).toEqual(values);
      }),
      { numRuns: 100 },
    );
    const { rows } = await client.query<{ read: string[] }>('select $1::text[] as read', [arrayLiteral(['a"b', 'c\\d', '', 'NULL'])]);
    expect(rows[0]?.read).toEqual(['a"b', 'c\\d', '', 'NULL']);
  });

  it('holds what is longer than what was put together before, and what comes after it', async () => {
    for (const length of [10, 100_000, 3_000_000, 10]) {
      const some = ['a', null, '€'.repeat(length), 'ü'];
      const sent = texts(some, self);
      texts(['another'], self);
      expect(await read(sent, 'text', some.length)).toEqual(some);
    }
  });

  it('holds numbers, booleans and times as they were', async () => {
    const numbers = [9_007_199_254_740_993n, null, 0n, undefined, -(2n ** 63n)];
    expect(await read(bigints(numbers, self), 'bigint', 5)).toEqual(['9007199254740993', null, '0', null, '-9223372036854775808']);
    expect(await read(integers([2_147_483_647, null, -1], self), 'integer', 3)).toEqual([2_147_483_647, null, -1]);
    expect(await read(booleans([true, false, null], self), 'boolean', 3)).toEqual([true, false, null]);
    const some = ['2026-11-29T07:00:00.123Z', '1970-01-01T00:00:00Z', '1999-12-31T23:59:59.999Z', '1582-01-01T00:00:00.001Z', '9999-12-31T23:59:59.999Z'].map((time) => new Date(time));
    expect(await read(times([...some, null], self), 'timestamptz', 6)).toEqual([...some, null]);
    const late = Array.from({ length: 100 }, (_, ms) => new Date(Date.UTC(9999, 11, 31) + ms));
    expect(await read(times(late, self), 'timestamptz', late.length)).toEqual(late);
  });

  it('has nulls where nothing has one', async () => {
    const none = [null, undefined];
    expect(await read(texts(none, self), 'text', 2)).toEqual([null, null]);
    expect(await read(times(none, self), 'timestamptz', 2)).toEqual([null, null]);
    expect(await read(texts([], self), 'text', 0)).toEqual([]);
  });
});
