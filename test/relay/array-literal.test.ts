import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { arrayLiteral, jsons, plain, texts, times } from '../../src/relay/array-literal.js';
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
async function read(literal: string, type: string): Promise<unknown> {
  const { rows } = await client.query<{ read: unknown }>(`select $1::${type}[] as read`, [literal]);
  return rows[0]?.read;
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
        expect(await read(texts(some, self), 'text')).toEqual(some);
        const lists = some.map((one) => (one === null ? null : arrayLiteral([one, 'x'])));
        expect(await read(texts(lists, self), 'text')).toEqual(lists);
        const values = some.map((one) => (one === null ? null : { [one]: [one, null] }));
        expect(await read(jsons(values, (value) => value && JSON.stringify(value)), 'jsonb')).toEqual(values);
      }),
      { numRuns: 100 },
    );
    expect(await read(arrayLiteral(['a"b', 'c\\d']), 'text')).toEqual(['a"b', 'c\\d']);
  });

  it('holds numbers, booleans and times as they were', async () => {
    expect(await read(plain([9_007_199_254_740_993n, null, 0n, undefined], self), 'bigint')).toEqual(['9007199254740993', null, '0', null]);
    expect(await read(plain([true, false, null], self), 'boolean')).toEqual([true, false, null]);
    const some = [new Date('2026-11-29T07:00:00.123Z'), null, new Date(0)];
    expect(await read(times(some, self), 'timestamptz')).toEqual(some);
    expect(await read(texts([], self), 'text')).toEqual([]);
  });
});
